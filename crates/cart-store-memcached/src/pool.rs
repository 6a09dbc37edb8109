//! Connections that are kept between calls, each for one call at a time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::config::{MemcachedConfig, Place};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::reply::Reply;

pub(crate) struct Pool {
    place: Place,
    limit: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(config: &MemcachedConfig) -> Self {
        Self {
            place: config.place.clone(),
            limit: config.timeout,
            permits: Semaphore::new(config.connections.min(Semaphore::MAX_PERMITS)),
            idle: Mutex::default(),
        }
    }

    /// One reply to each of `count` commands, which `request` holds one after the other.
    pub(crate) async fn ask(&self, request: &[u8], count: usize) -> Result<Vec<Reply>, Failure> {
        self.exchange(request, |replies| replies.len() >= count)
            .await
    }

    /// The lines that are answered to a command, up to the one that is `last`.
    pub(crate) async fn lines(&self, request: &[u8], last: &str) -> Result<Vec<String>, Failure> {
        let is_last = |reply: &Reply| matches!(reply, Reply::Line(line) if line.starts_with(last));
        let whole = |replies: &[Reply]| replies.last().is_some_and(is_last);
        let replies = self.exchange(request, whole).await?;
        let line = |reply| match reply {
            Reply::Line(line) => Ok(line),
            _ => Err(Failure::Nonsense),
        };
        replies.into_iter().map(line).collect()
    }

    /// Whoever is dropped or fails in the middle takes its connection along: what comes on it then
    /// would be taken for the next one's answer.
    async fn exchange(
        &self,
        request: &[u8],
        is_whole: impl Fn(&[Reply]) -> bool,
    ) -> Result<Vec<Reply>, Failure> {
        let is_sent = AtomicBool::new(false);
        let exchange = async {
            let closed = |_| Failure::NotSent(std::io::ErrorKind::NotConnected.into());
            let _permit = self.permits.acquire().await.map_err(closed)?;
            let mut connection = match self.idle_one() {
                Some(connection) => connection,
                None => Connection::open(&self.place)
                    .await
                    .map_err(Failure::NotSent)?,
            };
            is_sent.store(true, Ordering::Relaxed);
            let replies = connection.exchange(request, is_whole).await?;
            self.idle().push(connection);
            Ok(replies)
        };
        let answer = timeout(self.limit, exchange).await;
        answer.unwrap_or_else(|_| {
            let is_sent = is_sent.load(Ordering::Relaxed);
            Err(Failure::Late { is_sent })
        })
    }

    fn idle_one(&self) -> Option<Connection> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find(Connection::is_quiet)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Each change is one push or one removal.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("place", &self.place)
            .field("idle", &self.idle().len())
            .finish_non_exhaustive()
    }
}
