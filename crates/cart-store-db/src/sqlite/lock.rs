//! A cart's lock: a transaction of the writer, held open for whoever asked for it.

use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, Error, ErrorKind, Operation, Result, RetryClass, SaveRequest, Stored,
};
use diesel::SqliteConnection;
use tokio::sync::oneshot;

use super::job::{Failure, Job, Queued, task};
use super::read;
use super::store::{SqliteCartStore, check_size};

/// Somebody who waits for the lock.
pub(super) struct Candidate {
    key: CartKey,
    store: SqliteCartStore,
    reply: oneshot::Sender<Result<Box<dyn CartLock>>>,
}

/// What the holder of a lock decides on.
enum Decision {
    Pending,
    Save(Box<dyn Job>),
    /// The lock was dropped, or held for too long.
    Over,
}

/// Where the writer waits for the decision.
pub(super) struct Hold {
    decision: Mutex<Decision>,
    decided: Condvar,
}

impl Hold {
    fn decision(&self) -> MutexGuard<'_, Decision> {
        self.decision.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the decision at most so long; afterwards it is too late for one.
    pub(super) fn wait(&self, limit: Duration) -> Option<Box<dyn Job>> {
        let waited = self
            .decided
            .wait_timeout_while(self.decision(), limit, |decision| {
                matches!(decision, Decision::Pending)
            });
        let (mut decision, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match mem::replace(&mut *decision, Decision::Over) {
            Decision::Save(job) => Some(job),
            Decision::Pending | Decision::Over => None,
        }
    }

    /// Decides, and tells whether it was still time to.
    fn decide(&self, decision: Decision) -> bool {
        let mut pending = self.decision();
        let in_time = matches!(*pending, Decision::Pending);
        if in_time {
            *pending = decision;
            self.decided.notify_one();
        }
        in_time
    }
}

impl Candidate {
    pub(super) fn new(store: SqliteCartStore, key: CartKey) -> (Self, Queued<Box<dyn CartLock>>) {
        let (reply, answer) = oneshot::channel();
        (Self { key, store, reply }, Queued::new(answer))
    }

    /// Whether nobody waits any more.
    pub(super) fn has_gone(&self) -> bool {
        self.reply.is_closed()
    }

    /// What is stored, within the transaction that is the lock.
    pub(super) fn load(&self, connection: &mut SqliteConnection) -> Result<Stored, Failure> {
        let (statements, now) = self.store.statements_now();
        read::load(connection, statements, &self.key, now)
    }

    pub(super) fn refuse(self, error: Error) {
        let _gone = self.reply.send(Err(error));
    }

    /// Hands over the lock. When nobody takes it, it is given back at once.
    pub(super) fn accept(self, stored: Stored) -> Arc<Hold> {
        let hold = Arc::new(Hold {
            decision: Mutex::new(Decision::Pending),
            decided: Condvar::new(),
        });
        let lock = SqliteLock {
            store: self.store,
            stored,
            hold: Arc::clone(&hold),
        };
        let _gone = self.reply.send(Ok(Box::new(lock)));
        hold
    }
}

/// A held lock.
struct SqliteLock {
    store: SqliteCartStore,
    stored: Stored,
    hold: Arc<Hold>,
}

impl SqliteLock {
    async fn store(&self, request: &SaveRequest) -> Result<()> {
        check_size(&request.record)?;
        let (job, answer) = task(self.store.save_work(request.clone()));
        if self.hold.decide(Decision::Save(job)) {
            return answer.answer().await;
        }
        Err(Error::new(
            ErrorKind::Busy,
            "the lock was held for longer than lock_timeout and has been taken back; nothing was \
             written: try again",
        )
        .with_retry_class(RetryClass::NotApplied))
    }
}

#[async_trait]
impl CartLock for SqliteLock {
    fn stored(&self) -> &Stored {
        &self.stored
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let saved = self.store(request).await;
        saved.map_err(self.store.failed(Operation::Lock))
    }
}

impl Drop for SqliteLock {
    fn drop(&mut self) {
        self.hold.decide(Decision::Over);
    }
}

impl fmt::Debug for SqliteLock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteLock").finish_non_exhaustive()
    }
}
