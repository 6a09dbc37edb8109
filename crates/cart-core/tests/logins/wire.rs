//! The way to a store: everything takes a moment, so that others come in between and futures can be
//! dropped there; and writes fail as they are told.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, ErrorKind, Expect, Health, Instance, LoadRequest,
    MemoryCartStore, Owner, Rename, Result, RetryClass, SaveRequest, ScanPage, ScanRequest, Scope,
    StoreInfo, Stored,
};

/// What happens to a write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// It is applied, and the reply is lost.
    LoseReply,
    /// It is not applied, and nobody knows.
    Vanish,
    /// The store can't be reached.
    Unreachable,
}

#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) store: MemoryCartStore,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    scope: Scope,
}

impl Wire {
    pub(crate) fn new(store: MemoryCartStore) -> Self {
        let scope = store.info().capabilities.compare_and_set;
        Self {
            store,
            faults: Arc::default(),
            scope,
        }
    }

    /// The same, like a cookie: versions are compared with nobody.
    pub(crate) fn comparing_nothing(mut self) -> Self {
        self.scope = Scope::None;
        self
    }

    /// Plans what happens to the next writes, in this order.
    pub(crate) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults
            .lock()
            .expect("no test panics here")
            .extend(faults);
    }

    /// Ends the faults; how many were left.
    pub(crate) fn heal(&self) -> usize {
        let mut faults = self.faults.lock().expect("no test panics here");
        let left = faults.len();
        faults.clear();
        left
    }

    /// What is stored under a key, and puts it back as it was: a browser that sends its old cookie.
    pub(crate) async fn put_back(&self, key: &CartKey, stored: &Stored) {
        let Stored::Live(record) = stored else {
            panic!("a cart to put back: {stored:?}");
        };
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Any);
        self.store.save(&request).await.expect("it is stored");
    }

    async fn write<T>(&self, write: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        moment().await;
        let fault = self.faults.lock().expect("no test panics here").pop_front();
        let answer = match fault.unwrap_or(Fault::None) {
            Fault::None => write().await,
            Fault::LoseReply => write().await.and(Err(lost())),
            Fault::Vanish => Err(lost()),
            Fault::Unreachable => Err(Error::new(ErrorKind::Unavailable, "out of order")
                .with_retry_class(RetryClass::NotApplied)),
        };
        moment().await;
        answer
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unavailable, "the reply was lost")
        .with_retry_class(RetryClass::OutcomeUnknown)
}

/// A poll in which nothing happens.
async fn moment() {
    let mut is_over = false;
    std::future::poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A future that is polled by hand, and may be dropped between any two polls.
pub(crate) struct ByHand<'a, T>(Pin<Box<dyn Future<Output = T> + Send + 'a>>);

impl<'a, T> ByHand<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self(Box::pin(future))
    }

    pub(crate) fn poll(&mut self) -> Option<T> {
        let mut context = Context::from_waker(Waker::noop());
        match self.0.as_mut().poll(&mut context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Polls at most so often, and drops the future then.
    pub(crate) fn at_most(mut self, polls: usize) -> Option<T> {
        (0..polls).find_map(|_| self.poll())
    }
}

#[async_trait]
impl CartStore for Wire {
    fn info(&self) -> StoreInfo {
        let mut info = self.store.info();
        info.capabilities.compare_and_set = self.scope;
        info
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        moment().await;
        let stored = self.store.load(request).await;
        moment().await;
        stored
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.write(async || self.store.save(request).await).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.write(async || self.store.save_many(batch).await).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.write(async || self.store.rename(rename).await).await
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
