//! A MariaDB server that follows another one.

use std::time::Duration;

use async_trait::async_trait;

use super::super::error::{Result, ServerError};
use super::super::instance::Instance;
use super::super::options::Options;
use super::super::server::{Server, SqlServer, blocking};
use super::{MariaDb, PASSWORD};

/// How long a replica may take to catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);

/// A private MariaDB server that replicates another one, and takes reads only, except from its
/// administrator.
#[derive(Debug)]
pub struct MariaDbReplica(MariaDb);

impl MariaDbReplica {
    pub(super) async fn of(primary: &MariaDb) -> Result<Self> {
        let (true, Some(address)) = (primary.options.replicated, primary.address()) else {
            return Err(ServerError::Unable(
                "the server has no replicas: start it with `Options::replicated`",
            ));
        };
        let options = Options {
            disk: None,
            power_cuts: false,
            ..primary.options.clone()
        };
        let options = options.setting("read-only", "ON");
        let replica = blocking(move || MariaDb::start_now(options));
        let replica = Self(replica.await?);
        replica
            .sql(&format!(
                "CHANGE MASTER TO MASTER_HOST = '{}', MASTER_PORT = {}, MASTER_USER = 'cart',
                    MASTER_PASSWORD = '{PASSWORD}', MASTER_USE_GTID = slave_pos,
                    MASTER_CONNECT_RETRY = 1;
                START SLAVE",
                address.ip(),
                address.port(),
            ))
            .await?;
        replica.catch_up(primary).await?;
        Ok(replica)
    }

    /// Stops applying what it receives, and returns once it has stopped.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn pause_replay(&self) -> Result<()> {
        self.sql("STOP SLAVE SQL_THREAD").await.map(drop)
    }

    /// Applies again what it has received and receives.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn resume_replay(&self) -> Result<()> {
        self.sql("START SLAVE SQL_THREAD").await.map(drop)
    }

    /// Waits until it has applied all that its primary has committed so far.
    ///
    /// # Errors
    ///
    /// [`ServerError::Silent`] when it hasn't after a minute; otherwise as [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn catch_up(&self, primary: &MariaDb) -> Result<()> {
        let position = primary.sql("SELECT @@gtid_binlog_pos").await?;
        let limit = CATCH_UP_LIMIT.as_secs();
        let wait = format!("SELECT MASTER_GTID_WAIT('{position}', {limit})");
        if self.sql(&wait).await? == "0" {
            return Ok(());
        }
        Err(ServerError::Silent {
            server: self.name(),
            waited: CATCH_UP_LIMIT,
            log: self.log_tail(),
        })
    }
}

impl Server for MariaDbReplica {
    fn instance(&self) -> &Instance {
        self.0.instance()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn tcp_url(&self) -> Option<String> {
        self.0.tcp_url()
    }
}

#[async_trait]
impl SqlServer for MariaDbReplica {
    async fn sql(&self, statement: &str) -> Result<String> {
        self.0.sql(statement).await
    }
}
