//! PostgreSQL.

mod replica;
mod wire;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rustix::process::Signal;

use super::error::Result;
use super::folder::Medium;
use super::instance::{Instance, Launch};
use super::options::{Options, Syncing};
use super::program::{Program, companion};
use super::server::{DATABASE, Server, SqlServer, blocking};
use super::site::Site;
use super::template::Template;

pub use replica::PostgresReplica;

const NAME: &str = "postgres";

const POSTGRES: Program = Program {
    name: "postgres",
    install: "apt-get install -y --no-install-recommends postgresql",
};
const INITDB: Program = Program {
    name: "initdb",
    ..POSTGRES
};
/// The port in the name of a socket that has none.
const SOCKET_PORT: u16 = 5432;

/// Every database is three hundred files to copy, so there is no more than one besides `template1`. Most
/// servers write little: a log of a megabyte at a time will do.
const TEMPLATE: &str = "\
echo cart > password
\"$1\" --pgdata=data --username=postgres --pwfile=password \\
    --auth-local=trust --auth-host=scram-sha-256 \\
    --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync --no-instructions
\"$2\" --single -F -D data template1 <<'END'
CREATE ROLE cart LOGIN PASSWORD 'cart'
ALTER DATABASE postgres RENAME TO cart
ALTER DATABASE cart OWNER TO cart
ALTER DATABASE template0 IS_TEMPLATE false
DROP DATABASE template0
END
";

/// A private PostgreSQL server.
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
    /// its options, and [`ServerError::Lacking`](super::ServerError::Lacking) when this machine can't
    /// do what they ask for.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        blocking(move || {
            let program = POSTGRES.find()?;
            let template = Template {
                server: NAME,
                script: TEMPLATE,
                programs: &[&companion(&program, INITDB)?, &program],
            };
            let site = Site::new(&options, medium(&options), |data| template.copy_to(data))?;
            Self::launch(program, site, options)
        })
        .await
    }

    fn launch(program: PathBuf, site: Site, options: Options) -> Result<Self> {
        let port = site.port().unwrap_or(SOCKET_PORT);
        let launch = Launch {
            server: NAME,
            program,
            arguments: arguments(&site, &options),
            socket: site.path().join(format!(".s.PGSQL.{port}")),
            is_ready,
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
    /// [`ServerError::Lacking`](super::ServerError::Lacking) unless this server was started with
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
        self.url_of(DATABASE)
    }

    fn tcp_url(&self) -> Result<String> {
        self.tcp_url_of(DATABASE)
    }
}

#[async_trait]
impl SqlServer for Postgres {
    fn url_of(&self, database: &str) -> String {
        let site = self.instance.site();
        // A host that is a path is a socket's folder, and has no slash in a URL.
        let folder = site.path().display().to_string().replace('/', "%2F");
        let port = site.port().unwrap_or(SOCKET_PORT);
        format!("postgres://cart:cart@{folder}:{port}/{database}")
    }

    fn tcp_url_of(&self, database: &str) -> Result<String> {
        let address = self.address()?;
        Ok(format!("postgres://cart:cart@{address}/{database}"))
    }

    async fn sql(&self, statements: &str) -> Result<String> {
        let (instance, statements) = (self.instance.clone(), statements.to_owned());
        blocking(move || wire::run(instance.socket(), &statements)).await
    }

    async fn create_database(&self) -> Result<String> {
        let name = self.instance.next_database();
        self.sql(&format!("CREATE DATABASE {name} OWNER cart"))
            .await?;
        Ok(name)
    }
}

/// Where its data is kept. One that is watched is synced to its copy, and needs no disk for that.
fn medium(options: &Options) -> Medium {
    match options.syncing {
        Syncing::Durable => Medium::Disk,
        Syncing::Lazy | Syncing::Watched => Medium::Memory,
    }
}

/// Whether the server that runs as `process` takes statements: it writes so in the file by which it
/// shows that it runs, in the eighth line; the first is its number.
fn is_ready(site: &Site, process: u32) -> bool {
    let text = fs::read_to_string(site.data_from_here().join("postmaster.pid"));
    let text = text.unwrap_or_default();
    let mut lines = text.lines();
    lines.next() == Some(&process.to_string())
        && lines.nth(6).is_some_and(|status| status.trim() == "ready")
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
    if options.syncing == Syncing::Lazy {
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
    [OsString::from("-D"), site.data().into()]
        .into_iter()
        .chain(settings.0)
        .collect()
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
