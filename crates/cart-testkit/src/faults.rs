//! Faults that the suite makes by itself, around a store that works.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, ErrorKind, Health, Instance, LoadRequest, Operation,
    Owner, Rename, Result, RetryClass, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored,
};
use tokio::sync::Barrier;
use tokio::task::yield_now;

/// Polls `future` at most `polls` times and drops it then: its answer, if it came in time.
pub(crate) async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let (answer, _) = answered_within(polls, future).await?;
    Some(answer)
}

/// As [`dropped_after`], with the number of polls that the answer took.
pub(crate) async fn answered_within<F: Future>(
    polls: usize,
    future: F,
) -> Option<(F::Output, usize)> {
    let limited = LimitedPolls {
        future: Box::pin(future),
        left: polls,
    };
    let (answer, left) = limited.await?;
    Some((answer, polls - left))
}

struct LimitedPolls<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for LimitedPolls<F> {
    /// The answer, and how many polls were left.
    type Output = Option<(F::Output, usize)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some((output, left))),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The way to a store: takes a while, so that others come in between even where the store itself
/// never waits, and may swallow the reply to a call that was made.
#[derive(Debug)]
pub(crate) struct Connection {
    store: Arc<dyn CartStore>,
    lose: AtomicBool,
    halt: Option<Arc<Barrier>>,
}

impl Connection {
    pub(crate) fn new(store: Arc<dyn CartStore>) -> Self {
        Self {
            store,
            lose: AtomicBool::new(false),
            halt: None,
        }
    }

    /// The same, whose batches of saves meet somebody at `halt` twice before they go out: when they
    /// are about to, and when they may.
    pub(crate) fn halting_at(mut self, halt: Arc<Barrier>) -> Self {
        self.halt = Some(halt);
        self
    }

    /// Loses the reply to the next write.
    pub(crate) fn lose_next(&self) {
        self.lose.store(true, Ordering::SeqCst);
    }

    fn reply<T>(&self, operation: Operation, answer: Result<T>) -> Result<T> {
        if !self.lose.swap(false, Ordering::SeqCst) {
            return answer;
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "the reply was lost: make the same call again",
        )
        .with_retry_class(RetryClass::OutcomeUnknown)
        .during(operation)
        .in_store(&self.store.info().name))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Connection {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        yield_now().await;
        self.store.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        yield_now().await;
        let answer = self.store.save(request).await;
        self.reply(Operation::Save, answer)
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        yield_now().await;
        if let Some(halt) = &self.halt {
            halt.wait().await;
            halt.wait().await;
        }
        let answer = self.store.save_many(batch).await;
        self.reply(Operation::SaveMany, answer)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        yield_now().await;
        let answer = self.store.rename(rename).await;
        self.reply(Operation::Rename, answer)
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.store.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.store.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.store.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.store.sweep(limit).await
    }

    async fn ping(&self) -> Result<Health> {
        self.store.ping().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn three_polls() -> u8 {
        yield_now().await;
        yield_now().await;
        7
    }

    #[tokio::test]
    async fn future_ends_when_its_polls_are_used_up() {
        assert_eq!(dropped_after(0, three_polls()).await, None);
        assert_eq!(dropped_after(2, three_polls()).await, None);
        assert_eq!(dropped_after(3, three_polls()).await, Some(7));
        assert_eq!(answered_within(5, three_polls()).await, Some((7, 3)));
    }
}
