//! All carts go to the new store before each call.

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, Health, Instance, LoadRequest, Operation, Owner, Rename,
    Result, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};
use cart_migrate::{Direction, DualWriteStore, MovePlan};

/// A store whose carts move before each call. It declares no locks: they don't keep a cart from
/// moving.
#[derive(Debug)]
pub(crate) struct Restless {
    store: DualWriteStore,
}

impl Restless {
    pub(crate) fn new(store: DualWriteStore) -> Self {
        Self { store }
    }

    async fn stirred(&self) -> Result<&DualWriteStore> {
        let mut run = MovePlan::new(Direction::Forward).begin(self.store.clone());
        // Those who move the same cart are in each other's way, and go on.
        while !matches!(run.next_batch().await, Ok(None) | Err(_)) {}
        Ok(&self.store)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Restless {
    fn info(&self) -> StoreInfo {
        let mut info = self.store.info();
        info.capabilities.lock = false;
        info
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.stirred().await?.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.stirred().await?.save(request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.stirred().await?.save_many(batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.stirred().await?.rename(rename).await
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        Err(Error::unsupported(Operation::Lock).in_store(&self.info().name))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.stirred().await?.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        // A scan that sees each cart once needs carts that stay where they are.
        if request.cursor.is_some() {
            return self.store.scan(request).await;
        }
        self.stirred().await?.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.stirred().await?.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.store.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.store.ping().await
    }
}
