//! The harness of the reference store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartStore, Clock, Expect, LoadRequest, MemoryCartStore, SaveRequest, Stored, Version,
};

use crate::harness::{Damage, Fixture, Harness, HarnessError};

/// Starts [`MemoryCartStore`]s.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryHarness;

impl MemoryHarness {
    /// The harness of the memory store.
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Harness for MemoryHarness {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let store = MemoryCartStore::new().with_clock(clock);
        Ok(Box::new(MemoryFixture { store }))
    }
}

pub(crate) struct MemoryFixture {
    pub(crate) store: MemoryCartStore,
}

#[async_trait]
impl Fixture for MemoryFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        // The store moves parts without a look at them, so that a save under the same version,
        // after a purge of the whole record, is all it takes.
        let stored = self.store.load(&LoadRequest::new(key.clone())).await?;
        if let Stored::Live(mut record) = stored {
            let version = record.header.version;
            let bystander = record.tombstone(
                Version::new(version.sequence(), !version.write_id())?,
                record.header.updated_at,
                None,
            );
            self.store
                .save(&SaveRequest::new(key.clone(), bystander, Expect::Any))
                .await?;
            record.parts.items = damage.apply(record.parts.items.as_str()).into();
            self.store
                .save(&SaveRequest::new(key.clone(), record, Expect::Any))
                .await?;
        }
        Ok(())
    }
}
