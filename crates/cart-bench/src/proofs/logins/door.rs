//! The way of a login to a store, on which it may die.

use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, ErrorKind, Health, Instance, LoadRequest, Owner, Rename,
    Result, RetryClass, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

use super::death::{Plan, Side};

/// One of the two stores, as the login sees it for which a death is planned.
#[derive(Debug)]
pub(super) struct Door {
    store: Arc<dyn CartStore>,
    side: Side,
    plan: Arc<Plan>,
}

impl Door {
    pub(super) fn new(store: Arc<dyn CartStore>, side: Side, plan: &Arc<Plan>) -> Self {
        Self {
            store,
            side,
            plan: Arc::clone(plan),
        }
    }

    /// The store, while it can be reached: a reply is lost together with it.
    fn open(&self) -> Result<&dyn CartStore> {
        if self.plan.is_carried_out() && self.plan.moment.is_made() {
            return Err(unreachable(RetryClass::NotApplied));
        }
        Ok(&*self.store)
    }
}

fn unreachable(class: RetryClass) -> Error {
    Error::new(ErrorKind::Unavailable, "the store can't be reached").with_retry_class(class)
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Door {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.open()?.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let store = self.open()?;
        if !self.plan.is_due(self.side, request) {
            return store.save(request).await;
        }
        let mut class = RetryClass::NotApplied;
        if self.plan.moment.is_made() {
            if let Err(error) = store.save(request).await {
                self.plan.put_off();
                return Err(error);
            }
            class = RetryClass::OutcomeUnknown;
        }
        self.plan.carry_out();
        if self.plan.fails {
            return Err(unreachable(class));
        }
        pending().await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.open()?.save_many(batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.open()?.rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.open()?.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.open()?.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.open()?.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.open()?.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.open()?.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.open()?.ping().await
    }
}
