//! A Redis server that follows another one.

use std::time::Duration;

use super::super::error::{Result, ServerError};
use super::super::replica::Replica;
use super::super::server::{Server, blocking};
use super::super::wait;
use super::{Redis, info, settings};

/// How long a replica may take to catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);

/// A port of loopback at which nobody ever answers.
const NOBODY: u16 = 1;

/// A private Redis server that follows another one, and takes reads only.
pub type RedisReplica = Replica<Redis>;

impl RedisReplica {
    pub(super) async fn of(primary: &Redis) -> Result<Self> {
        let (true, Ok(address)) = (primary.options.replicated, primary.address()) else {
            return Err(ServerError::Lacking(
                "the server has no replicas: start it with `Options::replicated`",
            ));
        };
        let mut options = primary.options.of_replica();
        if let Ok(authority) = primary.authority() {
            // It has one of its own, which it shows, and has to trust its primary's.
            options = options.setting("tls-ca-cert-file", settings::quoted(authority));
        }
        let replica = blocking(move || Redis::start_now(options, Some(address.port())));
        let replica = Self(replica.await?);
        replica.catch_up(primary).await?;
        Ok(replica)
    }

    /// Runs a command as [`Redis::command`] does.
    ///
    /// # Errors
    ///
    /// As [`Redis::command`].
    ///
    /// # Cancel safety
    ///
    /// As [`Redis::command`].
    pub async fn command(&self, arguments: &[impl AsRef<[u8]> + Sync]) -> Result<String> {
        self.0.command(arguments).await
    }

    /// Loses its primary, stays a replica, and answers with what it has.
    ///
    /// # Errors
    ///
    /// As [`Redis::command`].
    ///
    /// # Cancel safety
    ///
    /// As [`Redis::command`].
    pub async fn pause_replay(&self) -> Result<()> {
        self.follow(NOBODY).await
    }

    /// Follows its primary again.
    ///
    /// # Errors
    ///
    /// As [`Redis::command`].
    ///
    /// # Cancel safety
    ///
    /// As [`Redis::command`].
    pub async fn resume_replay(&self) -> Result<()> {
        self.follow(self.0.primary.unwrap_or(NOBODY)).await
    }

    async fn follow(&self, port: u16) -> Result<()> {
        let port = port.to_string();
        let follow = ["REPLICAOF", "127.0.0.1", &port];
        self.command(&follow).await.map(drop)
    }

    /// Waits until it has applied all that its primary has written so far.
    ///
    /// # Errors
    ///
    /// [`ServerError::Silent`] when it hasn't after a minute; otherwise as [`Redis::command`].
    ///
    /// # Cancel safety
    ///
    /// As [`Redis::command`].
    pub async fn catch_up(&self, primary: &Redis) -> Result<()> {
        let (replica, primary) = (self.instance().clone(), primary.instance().clone());
        blocking(move || {
            let written = info(&primary, "replication")?.number("master_repl_offset");
            let caught_up = wait::until(CATCH_UP_LIMIT, || {
                let applied = info(&replica, "replication")?;
                Ok(applied.is("master_link_status", "up")
                    && applied.number("slave_repl_offset") >= written)
            });
            if caught_up? {
                return Ok(());
            }
            Err(ServerError::Silent {
                server: replica.server(),
                waited: CATCH_UP_LIMIT,
                log: replica.site().log_tail(),
            })
        })
        .await
    }
}
