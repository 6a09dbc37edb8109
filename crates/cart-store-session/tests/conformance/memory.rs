//! Sessions in memory.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock, Expect, LoadRequest, SaveRequest, Stored, Version};
use cart_store_session::{MemoryHome, SessionCartStore};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};

pub(crate) struct Memory;

struct MemoryFixture(SessionCartStore<MemoryHome>);

#[async_trait]
impl Harness for Memory {
    fn name(&self) -> &'static str {
        "session-memory"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let store = SessionCartStore::new(MemoryHome::new()).with_clock(clock);
        Ok(Box::new(MemoryFixture(store)))
    }
}

#[async_trait]
impl Fixture for MemoryFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.0.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let stored = self.0.load(&LoadRequest::new(key.clone())).await?;
        let Stored::Live(mut record) = stored else {
            return Ok(());
        };
        // A record of the same version can't be written over: another one goes between.
        let version = record.header.version;
        let another = Version::new(version.sequence(), !version.write_id())?;
        let bystander = record.tombstone(another, record.header.updated_at, None);
        record.parts.items = damage.apply(record.parts.items.as_str()).into();
        for record in [bystander, record] {
            let request = SaveRequest::new(key.clone(), record, Expect::Any);
            self.0.save(&request).await?;
        }
        Ok(())
    }
}
