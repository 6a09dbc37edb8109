//! MariaDB, and MySQL in its place.

mod probe;
mod product;
mod replica;
mod settings;
mod wire;

use async_trait::async_trait;

use super::error::Result;
use super::folder::Medium;
use super::instance::{Instance, Launch};
use super::options::Options;
use super::server::{DATABASE, Server, SqlServer, blocking};
use super::site::Site;

use self::product::Product;

pub use replica::MariaDbReplica;

/// A private MariaDB server, or one of MySQL with [`Options::mysql`].
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
    /// [`ServerError::Missing`](super::ServerError::Missing) when it isn't on this machine,
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

    /// Whether MySQL is on this machine: what [`Options::mysql`] starts.
    pub fn has_mysql() -> bool {
        product::mysql().is_ok()
    }

    fn start_now(options: Options) -> Result<Self> {
        let product = Product::find(&options)?;
        // In `/dev/shm` it maps its log into memory, and never syncs it.
        let site = Site::new(&options, Medium::Disk, |data| product.fill(data))?;
        let launch = Launch {
            server: product.name,
            arguments: settings::arguments(&site, &options),
            program: product.program,
            socket: settings::socket(&site),
            is_ready: |site, _| probe::is_ready(&settings::socket(site)),
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
        blocking(move || wire::run(instance.server(), instance.socket(), &statements)).await
    }

    async fn create_database(&self) -> Result<String> {
        let name = self.instance.next_database();
        self.sql(&format!("CREATE DATABASE {name}")).await?;
        Ok(name)
    }
}
