//! The connections that read: in WAL mode they don't wait for the writer, nor the writer for them.
//!
//! A look at one cart takes microseconds, less than the way to another thread and back, so it is
//! done where it is asked for. Lists, and whatever would have to wait, go to threads.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use cart_core::{Result, RetryClass};
use diesel::SqliteConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::classify::{Phase, classify};
use super::config::SqliteConfig;
use super::connection::{close, patiently, set_busy_timeout};
use super::end::Alive;
use super::job::{Failure, Queued, ended, spawn};

/// Work on a thread that reads.
type Errand = Box<dyn FnOnce() + Send>;

/// The connections that read, and as many threads for what takes long.
///
/// The threads end, and close the connections, when this is dropped and what was begun is done.
pub(super) struct Readers {
    pool: Arc<Pool>,
    threads: mpsc::Sender<Errand>,
    /// Whether short reads are done on the caller's own thread.
    inline: bool,
    /// How long a thread waits for another process.
    busy_timeout: Duration,
}

/// How much there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A few rows along an index, which may be read on the caller's own thread.
    Short,
    /// More, or anything that must not happen on the caller's thread.
    Long,
}

impl Readers {
    /// Takes over `connections`.
    pub(super) fn start(
        mut connections: Vec<SqliteConnection>,
        config: &SqliteConfig,
        alive: &Alive,
    ) -> Result<Self> {
        let (threads, errands) = mpsc::channel::<Errand>();
        let errands = Arc::new(Mutex::new(errands));
        for connection in &mut connections {
            // SQLite would wait on the spot, and the spot may be a thread of a runtime.
            set_busy_timeout(connection, Duration::ZERO)
                .map_err(|error| classify(&error, Phase::Statement))?;
            let errands = Arc::clone(&errands);
            let alive = alive.clone();
            spawn("cart-sqlite-reader", move || {
                serve(&errands);
                alive.end();
            })?;
        }
        Ok(Self {
            pool: Arc::new(Pool {
                free: Arc::new(Semaphore::new(connections.len())),
                idle: Mutex::new(connections),
            }),
            threads,
            inline: config.inline_reads,
            busy_timeout: config.busy_timeout,
        })
    }

    /// Reads what `work` reads.
    ///
    /// # Cancel safety
    ///
    /// Reading changes nothing; the connection is given back in any case.
    pub(super) async fn run<T, W>(&self, extent: Extent, mut work: W) -> Result<T>
    where
        W: FnMut(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        // Waiting for a connection also has tokio take the turn from a task that only ever reads.
        let mut lease = Pool::lease(&self.pool).await;
        if self.inline && extent == Extent::Short {
            match lease.run(&mut work) {
                // Another process is in the way, and that may last.
                Err(failure) if failure.is_busy() => {}
                done => return settled(done),
            }
        }
        let (reply, answer) = oneshot::channel();
        let patience = self.busy_timeout;
        let errand = move || {
            if reply.is_closed() {
                return;
            }
            let done = patiently(patience, Failure::is_busy, || lease.run(&mut work));
            // Whoever asks again at once finds the connection free.
            drop(lease);
            let _gone = reply.send(settled(done));
        };
        if self.threads.send(Box::new(errand)).is_err() {
            return Err(ended(RetryClass::NotApplied));
        }
        Queued::new(answer).answer().await
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // Closing may take a look at the disk, which is nothing for the thread of the last handle.
        let idle = std::mem::take(&mut *self.pool.idle());
        let _no_thread_is_left = self.threads.send(Box::new(move || close(idle)));
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readers").finish_non_exhaustive()
    }
}

fn serve(errands: &Mutex<mpsc::Receiver<Errand>>) {
    loop {
        // One idle thread waits for the next errand, the others for their turn to wait.
        let next = errands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(errand) = next else { return };
        errand();
    }
}

fn settled<T>(done: Result<T, Failure>) -> Result<T> {
    done.map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::Database(error) => classify(&error, Phase::Statement),
    })
}

/// The connections that nobody uses.
struct Pool {
    idle: Mutex<Vec<SqliteConnection>>,
    /// As many permits as there are idle connections.
    free: Arc<Semaphore>,
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a connection. The one that was used last is the next one: its cache is warm.
    async fn lease(pool: &Arc<Self>) -> Lease {
        // The semaphore is never closed, and there is a connection for each permit.
        let permit = Arc::clone(&pool.free).acquire_owned().await.ok();
        let connection = pool.idle().pop();
        Lease {
            connection,
            pool: Arc::clone(pool),
            _permit: permit,
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // What came back after the readers had ended.
        close(std::mem::take(&mut *self.idle()));
    }
}

/// A connection that goes back to its pool.
struct Lease {
    connection: Option<SqliteConnection>,
    pool: Arc<Pool>,
    /// Given up after the connection is back.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Lease {
    fn run<T>(
        &mut self,
        work: &mut impl FnMut(&mut SqliteConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match &mut self.connection {
            Some(connection) => work(connection),
            None => Err(ended(RetryClass::NotApplied).into()),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.pool.idle().extend(connection);
    }
}

#[cfg(test)]
mod tests;
