//! The thread that writes: it takes what waits, up to a limit, into one transaction, and answers
//! when the disk has it.

use std::thread;
use std::time::{Duration, Instant};

use cart_core::{Error, Result, RetryClass};
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;
use diesel::{QueryResult, SqliteConnection};
use tokio::sync::mpsc::error::TryRecvError;

use super::classify::{Phase, classify};
use super::config::SqliteConfig;
use super::connection::{close, is_busy, patiently, set_busy_timeout};
use super::end::Alive;
use super::job::{Failure, Job, Order, Orders, Queue, spawn};
use super::lock::Candidate;

/// How many jobs share one commit at most; more would make the first one wait too long.
const GROUP: usize = 64;

/// How long the thread stays awake after its work: about as long as a caller takes to be woken and
/// to ask for the next write.
const AWAKE: Duration = Duration::from_micros(50);

/// Starts the thread.
pub(super) fn start(
    mut connection: SqliteConnection,
    config: &SqliteConfig,
    alive: Alive,
) -> Result<Queue> {
    // SQLite's own waiting grows to 100 ms between two looks and starves beside a busy process.
    set_busy_timeout(&mut connection, Duration::ZERO)
        .map_err(|error| classify(&error, Phase::Statement))?;
    let (queue, orders) = Queue::new();
    let writer = Writer {
        connection,
        busy_timeout: config.busy_timeout,
        lock_timeout: config.lock_timeout,
    };
    spawn("cart-sqlite-writer", move || {
        writer.serve(orders);
        alive.end();
    })?;
    Ok(queue)
}

struct Writer {
    connection: SqliteConnection,
    /// How long to wait for other processes.
    busy_timeout: Duration,
    /// How long somebody may hold a lock.
    lock_timeout: Duration,
}

/// Where a transaction failed.
enum Failed {
    Begin(DieselError),
    Work(DieselError),
    Commit(DieselError),
}

impl Failed {
    fn error(&self) -> Error {
        match self {
            Self::Begin(error) | Self::Work(error) => classify(error, Phase::Statement),
            Self::Commit(error) => classify(error, Phase::Commit),
        }
    }

    /// Whether one job may have spoilt it for the others.
    fn blames_one(&self) -> bool {
        match self {
            Self::Begin(_) => false,
            Self::Work(_) => true,
            Self::Commit(_) => self.error().retry_class() != RetryClass::OutcomeUnknown,
        }
    }
}

/// Waits for the next order. Whoever has just got an answer often has another one, and a thread
/// that sleeps wakes up late: so it stays awake for a moment, and leaves the processor to whoever
/// needs it meanwhile.
fn wait_for(orders: &mut Orders) -> Option<Order> {
    let start = Instant::now();
    while start.elapsed() < AWAKE {
        match orders.try_recv() {
            Ok(order) => return Some(order),
            Err(TryRecvError::Empty) => thread::yield_now(),
            Err(TryRecvError::Disconnected) => return None,
        }
    }
    orders.blocking_recv()
}

impl Writer {
    fn serve(mut self, mut orders: Orders) {
        let mut next = None;
        while let Some(order) = next.take().or_else(|| wait_for(&mut orders)) {
            match order {
                Order::Lock(candidate) => self.hold(*candidate),
                Order::Do(first) => {
                    let mut group = vec![first];
                    while group.len() < GROUP && next.is_none() {
                        match orders.try_recv() {
                            Ok(Order::Do(job)) => group.push(job),
                            Ok(lock) => next = Some(lock),
                            Err(_) => break,
                        }
                    }
                    self.write(group);
                }
            }
        }
        close([self.connection]);
    }

    /// Holds a transaction open for whoever wants the lock. Everybody else who writes waits.
    fn hold(&mut self, candidate: Candidate) {
        if candidate.has_gone() {
            return;
        }
        let stored = self.begin().map_err(Failure::from).and_then(|()| {
            let stored = candidate.load(&mut self.connection);
            stored.inspect_err(|_| self.roll_back())
        });
        let hold = match stored {
            Ok(stored) => candidate.accept(stored),
            Err(Failure::Refused(error)) => return candidate.refuse(error),
            Err(Failure::Database(error)) => {
                return candidate.refuse(classify(&error, Phase::Statement));
            }
        };
        let Some(mut job) = hold.wait(self.lock_timeout) else {
            return self.roll_back();
        };
        let done = self.finish(std::slice::from_mut(&mut job));
        job.answer(done.err().map(|failed| failed.error()));
    }

    fn write(&mut self, mut group: Vec<Box<dyn Job>>) {
        match self.transaction(&mut group) {
            Ok(()) => {
                for job in group {
                    job.answer(None);
                }
            }
            // Nothing of the group is stored: each job on its own then harms no neighbour.
            Err(failed) if group.len() > 1 && failed.blames_one() => {
                for job in group {
                    self.write(vec![job]);
                }
            }
            Err(failed) => {
                for job in group {
                    job.answer(Some(failed.error()));
                }
            }
        }
    }

    /// Has a job done by one statement, which SQLite commits by itself; tells whether it could be.
    fn alone(&mut self, job: &mut dyn Job) -> Result<bool, Failed> {
        let done = patiently(self.busy_timeout, is_busy, || {
            job.run_alone(&mut self.connection)
        });
        // Where such a statement fails, so may have its commit.
        done.map_err(Failed::Commit)
    }

    fn transaction(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Failed> {
        if let [job] = group
            && self.alone(&mut **job)?
        {
            return Ok(());
        }
        self.begin().map_err(Failed::Begin)?;
        self.finish(group)
    }

    /// Does the jobs in the transaction that was begun, and ends it.
    fn finish(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Failed> {
        let done = group
            .iter_mut()
            .try_for_each(|job| job.run(&mut self.connection))
            .map_err(Failed::Work)
            .and_then(|()| {
                let committed = self.connection.batch_execute("COMMIT");
                committed.map_err(Failed::Commit)
            });
        if done.is_err() {
            self.roll_back();
        }
        done
    }

    fn roll_back(&mut self) {
        // On a full disk SQLite has rolled back by itself, and then refuses this.
        let _already_rolled_back = self.connection.batch_execute("ROLLBACK");
    }

    /// Begins a transaction that holds the write lock, so that nothing within it can meet another
    /// process's.
    fn begin(&mut self) -> QueryResult<()> {
        patiently(self.busy_timeout, is_busy, || {
            self.connection.batch_execute("BEGIN IMMEDIATE")
        })
    }
}

#[cfg(test)]
mod tests;
