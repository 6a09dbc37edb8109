//! The part that all broken stores share: a store that forwards everything, and hooks in which a
//! defect does something else.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Health, Instance, LoadRequest, Owner, Rename, Result,
    SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

/// A store that works.
pub(super) type Store = Arc<dyn CartStore>;

/// What a broken store does otherwise. What a defect leaves out is done right.
#[async_trait]
pub(super) trait Defect: Debug + Send + Sync + 'static {
    fn info(&self, store: &Store) -> StoreInfo {
        store.info()
    }

    /// The key under which a cart is kept.
    fn key(&self, key: &CartKey) -> CartKey {
        key.clone()
    }

    /// What is made of a save before it is carried out, alone or in a batch.
    async fn request(&self, _store: &Store, request: SaveRequest) -> Result<SaveRequest> {
        Ok(request)
    }

    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        store.load(request).await
    }

    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        store.save(request).await
    }

    async fn save_many(&self, store: &Store, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        store.save_many(batch).await
    }

    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        store.rename(rename).await
    }

    async fn lock(&self, store: &Store, key: &CartKey) -> Result<Box<dyn CartLock>> {
        store.lock(key).await
    }

    async fn instances(&self, store: &Store, owner: &Owner) -> Result<Vec<Instance>> {
        store.instances(owner).await
    }

    async fn scan(&self, store: &Store, request: &ScanRequest) -> Result<ScanPage> {
        store.scan(request).await
    }

    async fn unmark(&self, store: &Store, key: &CartKey, version: Version) -> Result<()> {
        store.unmark(key, version).await
    }
}

/// A store with a defect.
#[derive(Debug)]
pub(super) struct Broken<D> {
    store: Store,
    defect: D,
}

impl<D> Broken<D> {
    pub(super) fn new(store: Store, defect: D) -> Self {
        Self { store, defect }
    }
}

impl<D: Defect> Broken<D> {
    async fn request(&self, request: &SaveRequest) -> Result<SaveRequest> {
        let mut request = request.clone();
        request.key = self.defect.key(&request.key);
        self.defect.request(&self.store, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<D: Defect> CartStore for Broken<D> {
    fn info(&self) -> StoreInfo {
        self.defect.info(&self.store)
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let mut request = request.clone();
        request.key = self.defect.key(&request.key);
        self.defect.load(&self.store, &request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let request = self.request(request).await?;
        self.defect.save(&self.store, &request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut requests = Vec::with_capacity(batch.len());
        for request in batch {
            requests.push(self.request(request).await?);
        }
        self.defect.save_many(&self.store, &requests).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let mut rename = rename.clone();
        rename.from = self.defect.key(&rename.from);
        rename.to = self.defect.key(&rename.to);
        self.defect.rename(&self.store, &rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.defect.lock(&self.store, &self.defect.key(key)).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.defect.instances(&self.store, owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.defect.scan(&self.store, request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.store.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let key = self.defect.key(key);
        self.defect.unmark(&self.store, &key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.store.ping().await
    }
}

/// What the working store holds under `key`.
pub(super) async fn stored(store: &Store, key: &CartKey) -> Result<Stored> {
    store.load(&LoadRequest::new(key.clone())).await
}

/// Lets other tasks in, where a network would.
pub(super) async fn pause() {
    const TURNS: usize = 8;
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}
