//! A PostgreSQL server that follows another one.

use std::path::Path;

use super::super::account;
use super::super::error::{Result, ServerError};
use super::super::program::{self, Program, companion};
use super::super::replica::{CATCH_UP_LIMIT, Replica};
use super::super::server::{Server, SqlServer, blocking};
use super::super::site::Site;
use super::super::wait;
use super::{POSTGRES, Postgres, medium, wire};

const BASEBACKUP: Program = Program {
    name: "pg_basebackup",
    install: "apt-get install -y --no-install-recommends postgresql-client",
};

/// A private PostgreSQL server that streams from another one, and takes reads only.
pub type PostgresReplica = Replica<Postgres>;

impl PostgresReplica {
    pub(super) async fn of(primary: &Postgres) -> Result<Self> {
        if !primary.options.replicated {
            return Err(ServerError::Lacking(
                "the server has no replicas: start it with `Options::replicated`",
            ));
        }
        let options = primary.options.of_replica();
        let source = primary.instance.clone();
        let replica = blocking(move || {
            let program = POSTGRES.find()?;
            let backup = companion(&program, BASEBACKUP)?;
            let site = Site::new(&options, medium(&options), |data| {
                let port = source.site().port().unwrap_or(super::SOCKET_PORT);
                let mut command = account::command(&backup)?;
                command.arg("-h").arg(source.site().path());
                command
                    .args(["-p", &port.to_string(), "-U", "postgres", "-D"])
                    .arg(data);
                // With a slot, the primary keeps what a stopped replica still needs.
                command.args([
                    "--create-slot",
                    "--slot",
                    &slot(data),
                    "--write-recovery-conf",
                ]);
                command.args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"]);
                program::run(&mut command).map(drop)
            })?;
            // When its primary was away, it asks again at once.
            let options = options.setting("wal_retrieve_retry_interval", "100ms");
            Postgres::launch(program, site, options)
        });
        Ok(Self(replica.await?))
    }

    /// Stops applying what it receives, and returns once it has stopped.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`](super::Server::restart).
    pub async fn pause_replay(&self) -> Result<()> {
        self.sql(
            "DO $$ BEGIN
                PERFORM pg_wal_replay_pause();
                WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP
                    PERFORM pg_sleep(0.001);
                END LOOP;
            END $$",
        )
        .await
        .map(drop)
    }

    /// Applies again what it has received and receives.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`](super::Server::restart).
    pub async fn resume_replay(&self) -> Result<()> {
        self.sql("SELECT pg_wal_replay_resume()").await.map(drop)
    }

    /// Waits until it has applied all that its primary has written to the disk so far.
    ///
    /// # Errors
    ///
    /// [`ServerError::Silent`] when it hasn't after a minute; otherwise as [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`](super::Server::restart).
    pub async fn catch_up(&self, primary: &Postgres) -> Result<()> {
        let position = primary.sql("SELECT pg_current_wal_flush_lsn()").await?;
        let question = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'");
        let instance = self.instance().clone();
        let has_caught_up = blocking(move || {
            // A statement of its own for each look: one that takes long holds up what it waits for, and is
            // ended for that after half a minute.
            let is_so = || Ok(wire::run(instance.socket(), &question)? == "t");
            wait::until(CATCH_UP_LIMIT, is_so)
        });
        if has_caught_up.await? {
            return Ok(());
        }
        Err(ServerError::Silent {
            server: self.name(),
            waited: CATCH_UP_LIMIT,
            log: self.log_tail(),
        })
    }
}

/// A name that no other replica's slot has: its folder's.
fn slot(data: &Path) -> String {
    let folder = data.parent().and_then(Path::file_name).unwrap_or_default();
    format!("replica_{}", folder.to_string_lossy().to_lowercase())
}
