//! The calls of a store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    Capabilities, CartKey, CartLock, CartStore, Error, Health, Instance, LoadRequest, Operation,
    Owner, Rename, Result, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};
use futures_util::future::{join, join_all};

use super::fence::load;
use super::form::{Found, shown};
use super::{DualWriteStore, Phase};
use crate::both::weaker;

/// How many writes of a batch are under way at a time.
const AT_ONCE: usize = 16;

impl DualWriteStore {
    /// What both stores can do.
    pub(super) fn capabilities(&self) -> Capabilities {
        let pair = self.pair();
        let mut both = weaker(&pair.old.info().capabilities, &pair.new.info().capabilities);
        both.marks = false;
        both
    }

    async fn load_it(&self, request: &LoadRequest) -> Result<Stored> {
        let phase = self.phase().await?;
        if phase == Phase::Complete {
            return self.pair().new.load(request).await;
        }
        let stored = self.look(request).await?;
        if phase == Phase::Verify {
            self.compare(&request.key, &stored).await;
        }
        Ok(stored)
    }

    /// Looks whether the new store says the same about a cart, for the counters alone.
    async fn compare(&self, key: &CartKey, stored: &Stored) {
        let Ok(new) = load(&*self.pair().new, key).await else {
            return;
        };
        let counters = &self.shared.counters;
        if shown(new) == *stored {
            counters.shadow_same.count();
            return;
        }
        // A write in between is no difference.
        let now = load(&*self.pair().old, key).await;
        if let Ok(Found::Home(now)) = now.map(Found::of)
            && shown(now) == *stored
        {
            counters.shadow_different.count();
        }
    }

    async fn sweep_both(&self, limit: usize) -> Result<usize> {
        let pair = self.pair();
        match self.phase().await? {
            Phase::Off => pair.old.sweep(limit).await,
            Phase::Complete => pair.new.sweep(limit).await,
            Phase::Mirror | Phase::Verify => {
                let (old, new) = join(pair.old.sweep(limit), pair.new.sweep(limit)).await;
                Ok(old?.max(new.unwrap_or_default()))
            }
            Phase::Moving | Phase::Reverse => {
                let (old, new) = join(pair.old.sweep(limit), pair.new.sweep(limit)).await;
                // Most carts are in both, and are one cart to whoever counts them.
                Ok(old?.max(new?))
            }
        }
    }

    async fn ping_them(&self) -> Result<Health> {
        let declared = self.capabilities().durability;
        let pair = self.pair();
        let told = match self.phase().await? {
            Phase::Off | Phase::Mirror | Phase::Verify => vec![pair.old.ping().await?],
            Phase::Complete => vec![pair.new.ping().await?],
            Phase::Moving | Phase::Reverse => {
                let (old, new) = join(pair.old.ping(), pair.new.ping()).await;
                vec![old?, new?]
            }
        };
        let durability = told.iter().map(|health| health.durability).min();
        let described: Vec<&str> = told.iter().map(|health| &*health.description).collect();
        Ok(Health::new(
            durability.map_or(declared, |durability| durability.min(declared)),
            described.join("; "),
        ))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for DualWriteStore {
    fn info(&self) -> StoreInfo {
        StoreInfo {
            name: Arc::clone(&self.shared.name),
            capabilities: self.capabilities(),
        }
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.load_it(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = self.write(request).await;
        saved.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let failed = self.failed(Operation::SaveMany);
        let mut answers = Vec::with_capacity(batch.len());
        for requests in batch.chunks(AT_ONCE) {
            let written = join_all(requests.iter().map(|request| self.write(request))).await;
            answers.extend(written.into_iter().map(|answer| answer.map_err(&failed)));
        }
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let renamed = self.rename_it(rename).await;
        renamed.map_err(self.failed(Operation::Rename))
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let locked = self.lock_it(key).await;
        locked.map_err(self.failed(Operation::Lock))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let found = self.instances_of(owner).await;
        found.map_err(self.failed(Operation::Instances))
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let page = self.page(request).await;
        page.map_err(self.failed(Operation::Scan))
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let swept = self.sweep_both(limit).await;
        swept.map_err(self.failed(Operation::Sweep))
    }

    async fn unmark(&self, _key: &CartKey, _version: Version) -> Result<()> {
        Err(self.failed(Operation::Unmark)(Error::unsupported(
            Operation::Unmark,
        )))
    }

    async fn ping(&self) -> Result<Health> {
        let health = self.ping_them().await;
        health.map_err(self.failed(Operation::Ping))
    }
}
