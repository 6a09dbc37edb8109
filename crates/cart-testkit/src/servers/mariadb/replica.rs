//! A MariaDB server that follows another one.

use super::super::error::{Result, ServerError};
use super::super::replica::{CATCH_UP_LIMIT, Replica};
use super::super::server::{Server, SqlServer, blocking};
use super::MariaDb;

/// A private MariaDB server that replicates another one, and takes reads only, except from its
/// administrator.
pub type MariaDbReplica = Replica<MariaDb>;

impl MariaDbReplica {
    pub(super) async fn of(primary: &MariaDb) -> Result<Self> {
        let (true, Ok(address)) = (primary.options.replicated, primary.address()) else {
            return Err(ServerError::Lacking(
                "the server has no replicas: start it with `Options::replicated`",
            ));
        };
        let options = primary.options.of_replica().setting("read-only", "ON");
        let replica = blocking(move || MariaDb::start_now(options));
        let replica = Self(replica.await?);
        replica
            .sql(&format!(
                "CHANGE MASTER TO MASTER_HOST = '{}', MASTER_PORT = {}, MASTER_USER = 'replica',
                    MASTER_PASSWORD = 'replica', MASTER_USE_GTID = slave_pos,
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
