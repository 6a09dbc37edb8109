//! Connections for short reads: shared ones, on which questions are sent without waiting for the
//! answers before, where the protocol allows it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

use super::connection::Connection;
use super::deadline::Deadline;
use super::driver::Server;
use super::failure::{Cause, Failure};
use super::pool::{Pool, Pooled};

/// A few shared connections; the pool's where connections can't be shared.
///
/// No transaction is ever begun on a shared connection: the calls of others would fall into it.
pub(super) struct Readers<S: Server> {
    lanes: Box<[Lane<S::Connection>]>,
    pool: Arc<Pool<S>>,
}

/// The place of a shared connection.
pub(super) struct Lane<C> {
    shared: Mutex<Shared<C>>,
    /// How many reads are under way on it, or wait for it to be opened.
    reads: AtomicUsize,
}

struct Shared<C> {
    connection: Option<C>,
    /// How many connections stood here before, so that one that has failed isn't taken for the
    /// next one.
    generation: u64,
}

/// A connection for one read.
pub(super) enum Reading<'a, S: Server> {
    Shared {
        lane: Place<'a, S::Connection>,
        generation: u64,
        connection: S::Connection,
    },
    Alone(Pooled<S>),
}

/// A read's place on a lane, until it is dropped.
pub(super) struct Place<'a, C>(&'a Lane<C>);

impl<'a, C> Place<'a, C> {
    fn on(lane: &'a Lane<C>) -> Self {
        lane.reads.fetch_add(1, Ordering::Relaxed);
        Self(lane)
    }
}

impl<C> Drop for Place<'_, C> {
    fn drop(&mut self) {
        self.0.reads.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S: Server> Readers<S> {
    pub(super) fn new(pool: &Arc<Pool<S>>, lanes: usize) -> Self {
        let lanes = if S::SHARES { lanes.max(1) } else { 0 };
        let lane = |_| Lane {
            shared: Mutex::new(Shared {
                connection: None,
                generation: 0,
            }),
            reads: AtomicUsize::new(0),
        };
        Self {
            lanes: (0..lanes).map(lane).collect(),
            pool: Arc::clone(pool),
        }
    }

    /// The first of the lanes with the fewest reads: few stay in use when few are needed, and what
    /// the server keeps for each connection stays warm.
    fn least_busy(&self) -> Option<&Lane<S::Connection>> {
        let reads = |lane: &&Lane<_>| lane.reads.load(Ordering::Relaxed);
        self.lanes.iter().min_by_key(reads)
    }

    /// A connection for one read. One that has ended is replaced by whoever needs it first, while
    /// the others wait for that.
    ///
    /// # Errors
    ///
    /// What connecting meets.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing is taken; the next one that needs the connection opens it.
    pub(super) async fn take(&self, deadline: Deadline) -> Result<Reading<'_, S>, Failure> {
        let Some(lane) = self.least_busy().map(Place::on) else {
            return self.pool.take(deadline).await.map(Reading::Alone);
        };
        let Some(mut held) = deadline.wait(lane.0.shared.lock()).await else {
            return Err(Failure::timed_out().without_effect());
        };
        let open = held.connection.as_ref().filter(|open| !open.is_closed());
        let connection = if let Some(open) = open {
            S::share(open)
        } else {
            let opened = self.pool.connect(deadline).await?;
            let shared = S::share(&opened);
            held.connection = Some(opened);
            held.generation += 1;
            shared
        };
        let generation = held.generation;
        drop(held);
        Ok(Reading::Shared {
            lane,
            generation,
            connection,
        })
    }
}

impl<S: Server> Reading<'_, S> {
    pub(super) fn connection(&mut self) -> &mut S::Connection {
        match self {
            Self::Shared { connection, .. } => connection,
            Self::Alone(pooled) => &mut pooled.connection,
        }
    }

    /// Ends the read; a connection that its failure has spoilt is not used again.
    pub(super) async fn end<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        let done = done.map_err(Failure::without_effect);
        match self {
            Self::Shared {
                lane, generation, ..
            } => {
                if matches!(&done, Err(failure) if failure.cause == Cause::Lost) {
                    let mut held = lane.0.shared.lock().await;
                    if held.generation == generation {
                        held.connection = None;
                    }
                }
                done
            }
            Self::Alone(pooled) => pooled.end(done),
        }
    }
}

impl<S: Server> fmt::Debug for Readers<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Readers")
            .field("lanes", &self.lanes.len())
            .finish_non_exhaustive()
    }
}
