//! MariaDB.

mod probe;
mod replica;
mod wire;

use std::ffi::OsString;
use std::path::PathBuf;

use async_trait::async_trait;

use super::error::Result;
use super::folder::Medium;
use super::instance::{Instance, Launch};
use super::options::{Options, Syncing};
use super::program::Program;
use super::server::{DATABASE, Server, SqlServer, blocking};
use super::site::Site;
use super::template::Template;

pub use replica::MariaDbReplica;

const NAME: &str = "mariadb";

const MARIADBD: Program = Program {
    name: "mariadbd",
    install: "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core",
};
const INSTALL_DB: Program = Program {
    name: "mariadb-install-db",
    ..MARIADBD
};
/// The accounts are no administrators, who might write to a replica.
const TEMPLATE: &str = "\
cat > first.sql <<'END'
FLUSH PRIVILEGES;
CREATE DATABASE cart;
CREATE USER cart@localhost IDENTIFIED BY 'cart', cart@'%' IDENTIFIED BY 'cart';
GRANT ALL ON `cart%`.* TO cart@localhost, cart@'%';
CREATE USER replica@'%' IDENTIFIED BY 'replica';
GRANT REPLICATION SLAVE ON *.* TO replica@'%';
END
\"$1\" --no-defaults --datadir=./data --auth-root-authentication-method=normal \\
    --extra-file=first.sql --skip-test-db --innodb-log-file-size=4M
";

/// A private MariaDB server.
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
    /// its options, and [`ServerError::Lacking`](super::ServerError::Lacking) when this machine can't
    /// do what they ask for.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        // Its replicas come by TCP.
        let options = if options.replicated {
            options.tcp()
        } else {
            options
        };
        blocking(move || Self::start_now(options)).await
    }

    fn start_now(options: Options) -> Result<Self> {
        let program = MARIADBD.find()?;
        let template = Template {
            server: NAME,
            script: TEMPLATE,
            programs: &[&INSTALL_DB.find()?, &program],
        };
        // In `/dev/shm` it maps its log into memory, and never syncs it.
        let site = Site::new(&options, Medium::Disk, |data| template.copy_to(data))?;
        let launch = Launch {
            server: NAME,
            program,
            arguments: arguments(&site, &options),
            socket: socket(&site),
            is_ready: |site, _| probe::is_ready(&socket(site)),
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
    /// [`ServerError::Lacking`](super::ServerError::Lacking) unless this server was started with
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
        self.url_of(DATABASE)
    }

    fn tcp_url(&self) -> Result<String> {
        self.tcp_url_of(DATABASE)
    }
}

#[async_trait]
impl SqlServer for MariaDb {
    fn url_of(&self, database: &str) -> String {
        let socket = self.socket().display();
        format!("mysql://cart:cart@localhost/{database}?socket={socket}")
    }

    fn tcp_url_of(&self, database: &str) -> Result<String> {
        let address = self.address()?;
        Ok(format!("mysql://cart:cart@{address}/{database}"))
    }

    async fn sql(&self, statements: &str) -> Result<String> {
        let (instance, statements) = (self.instance.clone(), statements.to_owned());
        blocking(move || wire::run(instance.socket(), &statements)).await
    }

    async fn create_database(&self) -> Result<String> {
        let name = self.instance.next_database();
        self.sql(&format!("CREATE DATABASE {name}")).await?;
        Ok(name)
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
    if options.syncing == Syncing::Lazy {
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
        settings.add(
            "sync-binlog",
            if options.syncing == Syncing::Lazy {
                "0"
            } else {
                "1"
            },
        );
    }
    if options.syncing == Syncing::Watched {
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
