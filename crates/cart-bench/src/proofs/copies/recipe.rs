//! The recipe that one finds for a migration: write to both stores; read the new one, or else the
//! old one, and then fill the new one with that.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Expect, Health, Instance, LoadRequest, Owner, Rename,
    Result, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

/// Two stores as one, by the recipe. It knows no versions: what is written is written.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) old: Arc<dyn CartStore>,
    pub(super) new: Arc<dyn CartStore>,
}

impl Recipe {
    async fn put(&self, key: &CartKey, record: &CartRecord) -> Result<()> {
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Any);
        self.old.save(&request).await?;
        self.new.save(&request).await
    }
}

/// Whether there is a cart with something in it.
fn is_filled(stored: &Stored) -> bool {
    matches!(stored, Stored::Live(record) if record.header.summary.lines > 0)
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Recipe {
    fn info(&self) -> StoreInfo {
        self.old.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let found = self.new.load(request).await?;
        if is_filled(&found) {
            return Ok(found);
        }
        let found = self.old.load(request).await?;
        if let Stored::Live(record) = &found
            && is_filled(&found)
        {
            let fill = SaveRequest::new(request.key.clone(), record.clone(), Expect::Any);
            self.new.save(&fill).await?;
        }
        Ok(found)
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.put(&request.key, &request.record).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut answers = Vec::new();
        for request in batch {
            answers.push(self.save(request).await);
        }
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.put(&rename.to, &rename.record).await?;
        self.put(&rename.from, &rename.tombstone).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.old.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.old.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.old.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.old.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.old.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.old.ping().await
    }
}
