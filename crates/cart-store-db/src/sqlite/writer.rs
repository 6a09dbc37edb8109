//! The thread that writes: it takes what waits, up to a limit, into one transaction, and answers
//! when the disk has it.

use std::time::Duration;

use cart_core::{Error, Result, RetryClass};
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;
use diesel::{QueryResult, SqliteConnection};

use super::classify::{Phase, classify};
use super::connection::{is_busy, patiently, set_busy_timeout};
use super::end::Alive;
use super::job::{Job, Jobs, Queue, spawn};

/// How many jobs share one commit at most; more would make the first one wait too long.
const GROUP: usize = 64;

/// Starts the thread.
pub(super) fn start(
    mut connection: SqliteConnection,
    busy_timeout: Duration,
    alive: Alive,
) -> Result<Queue> {
    // SQLite's own waiting grows to 100 ms between two looks and starves beside a busy process.
    set_busy_timeout(&mut connection, Duration::ZERO)
        .map_err(|error| classify(&error, Phase::Statement))?;
    let (queue, jobs) = Queue::new();
    spawn("cart-sqlite-writer", move || {
        Writer {
            connection,
            busy_timeout,
        }
        .serve(jobs);
        alive.end();
    })?;
    Ok(queue)
}

struct Writer {
    connection: SqliteConnection,
    busy_timeout: Duration,
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

impl Writer {
    fn serve(mut self, mut jobs: Jobs) {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
            self.write(group);
        }
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
        let done = group
            .iter_mut()
            .try_for_each(|job| job.run(&mut self.connection))
            .map_err(Failed::Work)
            .and_then(|()| {
                let committed = self.connection.batch_execute("COMMIT");
                committed.map_err(Failed::Commit)
            });
        if done.is_err() {
            // On a full disk SQLite has rolled back by itself, and then refuses this.
            let _already_rolled_back = self.connection.batch_execute("ROLLBACK");
        }
        done
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
