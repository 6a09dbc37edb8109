//! A PostgreSQL server that follows another one.

use std::process::Command;

use async_trait::async_trait;

use super::super::account;
use super::super::error::{Result, ServerError};
use super::super::instance::Instance;
use super::super::options::Options;
use super::super::program::{self, Program, companion};
use super::super::server::{Server, SqlServer, blocking};
use super::super::site::Site;
use super::{POSTGRES, Postgres};

const BASEBACKUP: Program = Program {
    name: "pg_basebackup",
    install: "apt-get install postgresql-client",
};

/// A private PostgreSQL server that streams from another one, and takes reads only.
#[derive(Debug)]
pub struct PostgresReplica(Postgres);

impl PostgresReplica {
    pub(super) async fn of(primary: &Postgres) -> Result<Self> {
        if !primary.options.replicated {
            return Err(ServerError::Unable(
                "the server has no replicas: start it with `Options::replicated`",
            ));
        }
        let options = Options {
            disk: None,
            power_cuts: false,
            ..primary.options.clone()
        };
        let source = primary.instance.clone();
        let replica = blocking(move || {
            let program = POSTGRES.find()?;
            let backup = companion(&program, BASEBACKUP)?;
            let mut site = Site::new(&options)?;
            let slot = slot(&site);
            site.settle(&options, |data| {
                let port = source.site().port().unwrap_or(super::SOCKET_PORT).to_string();
                let mut command: Command = account::command(&backup)?;
                command.arg("-h").arg(source.site().path());
                command.args(["-p", &port, "-U", "postgres", "-D"]).arg(data);
                // With a slot, the primary keeps what a stopped replica still needs.
                command.args(["--create-slot", "--slot", &slot, "--write-recovery-conf"]);
                command.args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"]);
                program::run(&mut command).map(drop)
            })?;
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
    /// As [`Server::restart`].
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
    /// As [`Server::restart`].
    pub async fn resume_replay(&self) -> Result<()> {
        self.sql("SELECT pg_wal_replay_resume()").await.map(drop)
    }

    /// Waits until it has applied all that its primary has written to the disk so far.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn catch_up(&self, primary: &Postgres) -> Result<()> {
        let position = primary.sql("SELECT pg_current_wal_flush_lsn()").await?;
        self.sql(&format!(
            "DO $$ BEGIN
                WHILE pg_last_wal_replay_lsn() < '{position}' LOOP
                    PERFORM pg_sleep(0.001);
                END LOOP;
            END $$"
        ))
        .await
        .map(drop)
    }
}

/// A name that no other replica's slot has.
fn slot(site: &Site) -> String {
    let folder = site.path().file_name().unwrap_or_default().to_string_lossy();
    format!("replica_{}", folder.to_lowercase())
}

impl Server for PostgresReplica {
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
impl SqlServer for PostgresReplica {
    async fn sql(&self, statement: &str) -> Result<String> {
        self.0.sql(statement).await
    }
}
