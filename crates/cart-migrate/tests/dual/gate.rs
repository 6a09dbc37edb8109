//! A store that lets others go first before each call.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, ErrorKind, Health, Instance, LoadRequest, MemoryCartStore,
    Owner, Rename, Result, RetryClass, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored,
    Version,
};

/// A store in memory: each of its calls waits until its task has another turn. It may be down.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) memory: MemoryCartStore,
    is_down: Arc<AtomicBool>,
}

impl Gate {
    pub(crate) fn new(memory: MemoryCartStore) -> Self {
        Self {
            memory,
            is_down: Arc::default(),
        }
    }

    pub(crate) fn shared(&self) -> Arc<dyn CartStore> {
        Arc::new(self.clone())
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    async fn turn(&self) -> Result<&MemoryCartStore> {
        let mut has_waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        if self.is_down.load(Ordering::SeqCst) {
            let error = Error::new(ErrorKind::Unavailable, "the server is down: try again");
            return Err(error.with_retry_class(RetryClass::NotApplied));
        }
        Ok(&self.memory)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Gate {
    fn info(&self) -> StoreInfo {
        self.memory.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.turn().await?.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.turn().await?.save(request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.turn().await?.save_many(batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.turn().await?.rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.turn().await?.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.turn().await?.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.turn().await?.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.turn().await?.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.turn().await?.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.turn().await?.ping().await
    }
}
