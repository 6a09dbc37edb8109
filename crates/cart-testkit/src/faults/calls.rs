//! Carries each call of a store past the faults.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Health, Instance, LoadRequest, Owner, Rename, Result,
    SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

use super::call::Call;
use super::fault::Fault;
use super::store::FaultStore;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for FaultStore {
    fn info(&self) -> StoreInfo {
        self.declared()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let make = |fault: Option<Arc<Fault>>| async move {
            let stale = fault.filter(|fault| fault.is_stale());
            if let Some(stored) = stale.and_then(|_| self.past().answer(request)) {
                return Ok(stored);
            }
            let stored = self.inner().load(request).await?;
            self.past().loaded(&request.key, &stored);
            Ok(stored)
        };
        self.meet(Call::Load(request), make).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let store = self.inner();
        let make = |_| async {
            store.save(request).await?;
            self.past().saved(request);
            Ok(())
        };
        self.meet(Call::Save(request), make).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let make = |fault| self.make_batch(batch, fault);
        self.meet(Call::SaveMany(batch), make).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let store = self.inner();
        let make = |_| async {
            store.rename(rename).await?;
            self.past().renamed(rename);
            Ok(())
        };
        self.meet(Call::Rename(rename), make).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let store = self.inner();
        let lock = self.meet(Call::Lock(key), |_| store.lock(key)).await?;
        let store = self.clone();
        Ok(Box::new(FaultLock { lock, store }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let store = self.inner();
        self.meet(Call::Instances(owner), |_| store.instances(owner))
            .await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let store = self.inner();
        self.meet(Call::Scan(request), |_| store.scan(request))
            .await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let store = self.inner();
        self.meet(Call::Sweep, |_| store.sweep(limit)).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let store = self.inner();
        self.meet(Call::Unmark(key), |_| store.unmark(key, version))
            .await
    }

    async fn ping(&self) -> Result<Health> {
        let store = self.inner();
        self.meet(Call::Ping, |_| store.ping()).await
    }
}

/// A lock whose save meets the faults too.
#[derive(Debug)]
struct FaultLock {
    lock: Box<dyn CartLock>,
    store: FaultStore,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartLock for FaultLock {
    fn stored(&self) -> &Stored {
        self.lock.stored()
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let Self { lock, store } = *self;
        let make = |_| async {
            lock.save(request).await?;
            store.past().saved(request);
            Ok(())
        };
        store.meet(Call::LockedSave(request), make).await
    }
}
