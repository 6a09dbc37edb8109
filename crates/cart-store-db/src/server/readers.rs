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

/// A few shared connections, used in turn; the pool's where connections can't be shared.
///
/// No transaction is ever begun on a shared connection: the calls of others would fall into it.
pub(super) struct Readers<S: Server> {
    lanes: Box<[Mutex<Lane<S::Connection>>]>,
    next: AtomicUsize,
    pool: Arc<Pool<S>>,
}

/// The place of a shared connection.
pub(super) struct Lane<C> {
    connection: Option<C>,
    /// How many connections stood here before, so that one that has failed isn't taken for the
    /// next one.
    generation: u64,
}

/// A connection for one read.
pub(super) enum Reading<'a, S: Server> {
    Shared {
        lane: &'a Mutex<Lane<S::Connection>>,
        generation: u64,
        connection: S::Connection,
    },
    Alone(Pooled<S>),
}

impl<S: Server> Readers<S> {
    pub(super) fn new(pool: &Arc<Pool<S>>, lanes: usize) -> Self {
        let lanes = if S::SHARES { lanes.max(1) } else { 0 };
        let lane = |_| {
            Mutex::new(Lane {
                connection: None,
                generation: 0,
            })
        };
        Self {
            lanes: (0..lanes).map(lane).collect(),
            next: AtomicUsize::new(0),
            pool: Arc::clone(pool),
        }
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
        if self.lanes.is_empty() {
            return self.pool.take(deadline).await.map(Reading::Alone);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let lane = &self.lanes[turn % self.lanes.len()];
        let Some(mut held) = deadline.wait(lane.lock()).await else {
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
        Ok(Reading::Shared {
            lane,
            generation: held.generation,
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
                    let mut held = lane.lock().await;
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
