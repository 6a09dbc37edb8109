//! MariaDB.

mod probe;
mod replica;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use async_trait::async_trait;

use super::error::Result;
use super::instance::{Instance, Launch};
use super::options::Options;
use super::program::{self, Program, companion};
use super::server::{Server, SqlServer, blocking};
use super::site::Site;
use super::template::Template;

pub use replica::MariaDbReplica;

const MARIADBD: Program = Program {
    name: "mariadbd",
    install: "apt-get install mariadb-server-core",
};
const INSTALL_DB: Program = Program {
    name: "mariadb-install-db",
    ..MARIADBD
};
const CLIENT: Program = Program {
    name: "mariadb",
    install: "apt-get install mariadb-client-core",
};

/// The password that TCP asks for. It protects nothing: it is there to be got wrong.
const PASSWORD: &str = "cart";

/// What there is besides the server's own tables. The account is no administrator, who might write
/// to a replica.
const FIRST_STATEMENTS: &str = "\
CREATE DATABASE cart;
CREATE USER cart@localhost, cart@'%' IDENTIFIED BY 'cart';
GRANT ALL ON `cart%`.* TO cart@localhost, cart@'%';
GRANT PROCESS, CONNECTION ADMIN, REPLICATION SLAVE ON *.* TO cart@localhost, cart@'%';
";

/// A private MariaDB server.
///
/// The account `cart` owns the database `cart`, and every other one whose name begins so. The socket
/// trusts everybody; TCP wants the password that is in [`Server::tcp_url`].
#[derive(Debug)]
pub struct MariaDb {
    instance: Instance,
    options: Options,
}

impl MariaDb {
    /// Starts a server, and waits until it takes statements.
    ///
    /// # Errors
    ///
    /// [`ServerError::Missing`](super::ServerError::Missing) when MariaDB isn't on this machine,
    /// [`ServerError::Died`](super::ServerError::Died) with the end of the log when it doesn't like
    /// its options, and [`ServerError::Unable`](super::ServerError::Unable) when this machine can't
    /// do what they ask for.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        // Its replicas come by TCP.
        let options = if options.replicated { options.tcp() } else { options };
        blocking(move || Self::start_now(options)).await
    }

    fn start_now(options: Options) -> Result<Self> {
        let program = MARIADBD.find()?;
        let mut site = Site::new(&options)?;
        let template = Template {
            server: "mariadb",
            program: &INSTALL_DB.find()?,
            arguments: &[
                "--no-defaults",
                "--datadir=./data",
                "--auth-root-authentication-method=normal",
                "--extra-file=first.sql",
                "--skip-test-db",
                "--innodb-log-file-size=4M",
            ],
            file: ("first.sql", FIRST_STATEMENTS),
        };
        site.settle_template(&options, &template)?;
        let launch = Launch {
            server: "mariadb",
            program,
            arguments: arguments(&site, &options),
            socket: socket(&site),
            is_ready: probe::is_ready,
            farewell: None,
        };
        Ok(Self {
            instance: Instance::start(site, launch)?,
            options,
        })
    }

    /// Starts a replica that follows this server by its binary log.
    ///
    /// # Errors
    ///
    /// [`ServerError::Unable`](super::ServerError::Unable) unless this server was started with
    /// [`Options::replicated`]; otherwise as [`MariaDb::start`].
    ///
    /// # Cancel safety
    ///
    /// As [`MariaDb::start`].
    pub async fn replica(&self) -> Result<MariaDbReplica> {
        MariaDbReplica::of(self).await
    }
}

impl Server for MariaDb {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn url(&self) -> String {
        format!("mysql://cart@localhost/cart?socket={}", self.socket().display())
    }

    fn tcp_url(&self) -> Option<String> {
        let address = self.address()?;
        Some(format!("mysql://cart:{PASSWORD}@{address}/cart"))
    }
}

#[async_trait]
impl SqlServer for MariaDb {
    async fn sql(&self, statement: &str) -> Result<String> {
        let (instance, statement) = (self.instance.clone(), statement.to_owned());
        blocking(move || {
            let mut client = Command::new(companion(&MARIADBD.find()?, CLIENT)?);
            client.args(["--no-defaults", "--user=root", "--database=cart"]);
            client.args(["--batch", "--skip-column-names", "--socket"]).arg(instance.socket());
            program::run(client.args(["--execute", &statement]))
        })
        .await
    }
}

fn socket(site: &Site) -> PathBuf {
    site.path().join("mariadb.sock")
}

fn arguments(site: &Site, options: &Options) -> Vec<OsString> {
    let mut settings = Settings(vec!["--no-defaults".into()]);
    settings.add("datadir", site.data());
    settings.add("socket", socket(site));
    settings.add("pid-file", site.path().join("mariadb.pid"));
    settings.add("tmpdir", site.path());
    match site.port() {
        Some(port) => {
            settings.add("bind-address", "127.0.0.1");
            settings.add("port", port.to_string());
        }
        None => settings.add("skip-networking", "ON"),
    }
    if let Some(certificates) = site.certificates() {
        settings.add("ssl-ca", &certificates.authority);
        settings.add("ssl-cert", &certificates.certificate);
        settings.add("ssl-key", &certificates.key);
    }
    if !options.durable {
        // Written at every commit, and synced by the operating system when it likes.
        settings.add("innodb-flush-log-at-trx-commit", "2");
        settings.add("innodb-flush-method", "nosync");
        settings.add("innodb-doublewrite", "OFF");
    }
    if options.replicated {
        // A number that no other server has.
        settings.add("server-id", site.port().unwrap_or_default().to_string());
        settings.add("log-bin", "binlog");
        settings.add("gtid-strict-mode", "ON");
        settings.add("sync-binlog", if options.durable { "1" } else { "0" });
    }
    if options.power_cuts {
        // What the kernel writes by itself, no library sees.
        settings.add("innodb-use-native-aio", "OFF");
    }
    settings.add("innodb-buffer-pool-size", "32M");
    settings.add("innodb-log-file-size", "4M");
    settings.add("performance-schema", "OFF");
    settings.add("skip-name-resolve", "ON");
    settings.add("character-set-server", "utf8mb4");
    for (name, value) in &options.settings {
        settings.add(name, value);
    }
    settings.0
}

/// Settings as arguments of the server, of which the last wins.
struct Settings(Vec<OsString>);

impl Settings {
    fn add(&mut self, name: &str, value: impl Into<OsString>) {
        let mut setting = OsString::from(format!("--{name}="));
        setting.push(value.into());
        self.0.push(setting);
    }
}
