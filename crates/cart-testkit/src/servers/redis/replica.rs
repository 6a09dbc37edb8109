//! A Redis server that follows another one.

use super::super::error::{Result, ServerError};
use super::super::instance::Instance;
use super::super::replica::Replica;
use super::super::server::{Server, blocking};
use super::settings::{self, Role};
use super::{Redis, info, wait_for};

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
        let replica = blocking(move || Redis::start_now(options, Role::ReplicaOf(address.port())));
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
        match self.0.role {
            Role::ReplicaOf(port) => self.follow(port).await,
            Role::Primary | Role::SentinelOf(_) => Ok(()),
        }
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
        blocking(move || catch_up(&replica, &primary)).await
    }
}

/// Waits until a server has applied all that the one that it follows has written so far.
pub(super) fn catch_up(replica: &Instance, primary: &Instance) -> Result<()> {
    let written = info(primary, "replication")?.number("master_repl_offset");
    wait_for(replica, || {
        let applied = info(replica, "replication")?;
        Ok(
            applied.is("master_link_status", "up")
                && applied.number("slave_repl_offset") >= written,
        )
    })
}
