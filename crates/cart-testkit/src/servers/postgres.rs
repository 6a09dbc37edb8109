//! PostgreSQL.

mod probe;
mod replica;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use async_trait::async_trait;
use rustix::process::Signal;

use super::error::Result;
use super::instance::{Instance, Launch};
use super::options::Options;
use super::program::{self, Program, companion};
use super::server::{Server, SqlServer, blocking};
use super::site::Site;
use super::template::Template;

pub use replica::PostgresReplica;

const POSTGRES: Program = Program {
    name: "postgres",
    install: "apt-get install postgresql",
};
const INITDB: Program = Program {
    name: "initdb",
    ..POSTGRES
};
const PSQL: Program = Program {
    name: "psql",
    install: "apt-get install postgresql-client",
};

/// The port in the name of a socket that has none.
const SOCKET_PORT: u16 = 5432;
/// The password that TCP asks for. It protects nothing: it is there to be got wrong.
const PASSWORD: &str = "cart";

/// A private PostgreSQL server.
///
/// Its administrator `postgres` owns the database `postgres`. The socket trusts everybody; TCP wants
/// the password that is in [`Server::tcp_url`].
#[derive(Debug)]
pub struct Postgres {
    instance: Instance,
    options: Options,
}

impl Postgres {
    /// Starts a server, and waits until it takes statements.
    ///
    /// # Errors
    ///
    /// [`ServerError::Missing`](super::ServerError::Missing) when PostgreSQL isn't on this machine,
    /// [`ServerError::Died`](super::ServerError::Died) with the end of the log when it doesn't like
    /// its options, and [`ServerError::Unable`](super::ServerError::Unable) when this machine can't
    /// do what they ask for.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        blocking(move || {
            let program = POSTGRES.find()?;
            let mut site = Site::new(&options)?;
            let template = Template {
                server: "postgres",
                program: &companion(&program, INITDB)?,
                arguments: &[
                    "--pgdata=data",
                    "--username=postgres",
                    "--auth-local=trust",
                    "--auth-host=scram-sha-256",
                    "--pwfile=password",
                    "--encoding=UTF8",
                    "--locale=C",
                    // Most servers write little: a megabyte at a time will do.
                    "--wal-segsize=1",
                    "--no-sync",
                    "--no-instructions",
                ],
                file: ("password", PASSWORD),
            };
            site.settle_template(&options, &template)?;
            Self::launch(program, site, options)
        })
        .await
    }

    fn launch(program: PathBuf, site: Site, options: Options) -> Result<Self> {
        let port = site.port().unwrap_or(SOCKET_PORT);
        let launch = Launch {
            server: "postgres",
            program,
            arguments: arguments(&site, &options),
            socket: site.path().join(format!(".s.PGSQL.{port}")),
            is_ready: probe::is_ready,
            // Killed, it leaves shared memory behind, of which the kernel has only so much.
            farewell: Some(Signal::QUIT),
        };
        Ok(Self {
            instance: Instance::start(site, launch)?,
            options,
        })
    }

    /// Starts a replica that follows this server by streaming.
    ///
    /// # Errors
    ///
    /// [`ServerError::Unable`](super::ServerError::Unable) unless this server was started with
    /// [`Options::replicated`]; otherwise as [`Postgres::start`].
    ///
    /// # Cancel safety
    ///
    /// As [`Postgres::start`].
    pub async fn replica(&self) -> Result<PostgresReplica> {
        PostgresReplica::of(self).await
    }
}

impl Server for Postgres {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn url(&self) -> String {
        let site = self.instance.site();
        let port = site.port().map_or_else(String::new, |port| format!("&port={port}"));
        format!("postgresql:///postgres?host={}{port}&user=postgres", site.path().display())
    }

    fn tcp_url(&self) -> Option<String> {
        let address = self.address()?;
        Some(format!("postgresql://postgres:{PASSWORD}@{address}/postgres"))
    }
}

#[async_trait]
impl SqlServer for Postgres {
    async fn sql(&self, statement: &str) -> Result<String> {
        let (url, statement) = (self.url(), statement.to_owned());
        blocking(move || {
            let mut psql = Command::new(companion(&POSTGRES.find()?, PSQL)?);
            psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
            psql.args(["--field-separator=\t", "--set=ON_ERROR_STOP=1"]);
            program::run(psql.args(["--dbname", &url, "--command", &statement]))
        })
        .await
    }
}

fn arguments(site: &Site, options: &Options) -> Vec<OsString> {
    let mut settings = Settings::default();
    settings.add("unix_socket_directories", site.path());
    match site.port() {
        Some(port) => {
            settings.add("listen_addresses", "127.0.0.1");
            settings.add("port", port.to_string());
        }
        None => settings.add("listen_addresses", ""),
    }
    if let Some(certificates) = site.certificates() {
        settings.add("ssl", "on");
        settings.add("ssl_cert_file", &certificates.certificate);
        settings.add("ssl_key_file", &certificates.key);
    }
    if !options.durable {
        settings.add("fsync", "off");
        settings.add("full_page_writes", "off");
    }
    if !options.replicated {
        settings.add("wal_level", "minimal");
        settings.add("max_wal_senders", "0");
    }
    settings.add("shared_buffers", "32MB");
    // In files of its own: what is in the system's shared memory stays when the server is killed.
    settings.add("dynamic_shared_memory_type", "mmap");
    settings.add("jit", "off");
    for (name, value) in &options.settings {
        settings.add(name, value);
    }
    [OsString::from("-D"), site.data().into()].into_iter().chain(settings.0).collect()
}

/// Settings as arguments of the server, of which the last wins.
#[derive(Default)]
struct Settings(Vec<OsString>);

impl Settings {
    fn add(&mut self, name: &str, value: impl AsRef<Path>) {
        let mut setting = OsString::from(format!("{name}="));
        setting.push(value.as_ref());
        self.0.extend(["-c".into(), setting]);
    }
}
