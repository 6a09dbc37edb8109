//! A store that takes a save and never answers it.

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Health, Instance, LoadRequest, MemoryCartStore, Owner, Rename,
    Result, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

#[derive(Debug)]
pub(crate) struct Stalled(pub(crate) MemoryCartStore);

#[async_trait]
impl CartStore for Stalled {
    fn info(&self) -> StoreInfo {
        self.0.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.0.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.0.save(request).await?;
        std::future::pending().await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.0.save_many(batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.0.rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.0.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.0.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.0.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.0.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.0.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.0.ping().await
    }
}
