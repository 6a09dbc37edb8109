//! Sessions in memory.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
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
        super::damage(&self.0, key, damage).await
    }
}
