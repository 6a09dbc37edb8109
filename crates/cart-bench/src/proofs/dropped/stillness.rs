//! When a database has done all that it was asked for, and keeping it from doing so.

#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use cart_core::CartLock;
use cart_core::{CartKey, CartStore};
#[cfg(target_os = "linux")]
use cart_testkit::servers::{Redis, Server, SqlServer};
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;

use super::victim::Victim;
use crate::backend::Site;
use crate::folder::raw;
use crate::proof::{Proven, Refuted};

/// How long a server may take to end what nobody waits for any more.
#[cfg(target_os = "linux")]
const LIMIT: Duration = Duration::from_secs(30);

/// What no write to a cart gets past, until it is dropped.
#[expect(dead_code, reason = "it is held, and dropped")]
pub(super) enum Lock<'a> {
    /// Of the whole file.
    File(SqliteConnection),
    #[cfg(target_os = "linux")]
    Cart(Box<dyn CartLock>),
    #[cfg(target_os = "linux")]
    Standstill(Standstill<'a>),
    #[cfg(not(target_os = "linux"))]
    Nothing(&'a ()),
}

/// A server that answers nobody, until this is dropped.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(super) struct Standstill<'a>(&'a Redis);

#[cfg(target_os = "linux")]
impl<'a> Standstill<'a> {
    fn of(server: &'a Redis) -> Result<Self, Refuted> {
        server.stop()?;
        Ok(Self(server))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Standstill<'_> {
    fn drop(&mut self) {
        // A server that is gone shows in the proof.
        let _ = self.0.resume();
    }
}

/// Locks a cart by another handle, or the whole file; or stops a server that knows no locks.
#[cfg_attr(
    not(target_os = "linux"),
    expect(clippy::unused_async, unused_variables, reason = "a server is asked")
)]
pub(super) async fn lock<'a>(
    site: &'a Site,
    other: &dyn CartStore,
    key: &CartKey,
) -> Result<Lock<'a>, Refuted> {
    match site {
        Site::File(folder) => {
            let mut connection = raw(&folder.database())?;
            connection.batch_execute("BEGIN IMMEDIATE")?;
            Ok(Lock::File(connection))
        }
        Site::Sessions(_) => Err("session files have no locks to hold".into()),
        #[cfg(target_os = "linux")]
        Site::Server(_) => Ok(Lock::Cart(other.lock(key).await?)),
        #[cfg(target_os = "linux")]
        Site::Redis(server) => Ok(Lock::Standstill(Standstill::of(server)?)),
        #[cfg(target_os = "linux")]
        Site::Cluster(_) => Err("a cluster has no one server to stop".into()),
    }
}

/// Waits until everything that was asked for has happened or never will.
pub(super) async fn come_to_rest(site: &Site, victim: &Victim) -> Proven {
    match site {
        // The writer takes one after the other, so this write comes after all that were dropped.
        Site::File(_) | Site::Sessions(_) => victim.write_elsewhere().await,
        // So does a connection.
        #[cfg(target_os = "linux")]
        Site::Redis(_) | Site::Cluster(_) => victim.write_elsewhere().await,
        #[cfg(target_os = "linux")]
        Site::Server(server) => {
            wait_until_idle(&**server).await?;
            victim.write_elsewhere().await
        }
    }
}

/// Waits until no connection of the application's is in the middle of anything.
#[cfg(target_os = "linux")]
async fn wait_until_idle(server: &dyn SqlServer) -> Proven {
    let busy = if server.name() == "postgres" {
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cart' AND state <> 'idle'"
    } else {
        "SELECT (SELECT count(*) FROM information_schema.innodb_trx)
            + (SELECT count(*) FROM information_schema.processlist
                WHERE user = 'cart' AND command <> 'Sleep')"
    };
    let start = Instant::now();
    loop {
        let answer = server.sql(busy).await?;
        if answer.trim() == "0" {
            return Ok(());
        }
        if start.elapsed() > LIMIT {
            let answer = answer.trim();
            return Err(format!("{answer} transactions are open that nobody waits for").into());
        }
    }
}
