//! Half of the owners in another store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_migrate::{RoutedStore, Rule};
use cart_testkit::{Damage, Fixture, Harness, HarnessError, MemoryHarness};

/// Starts two stores in memory, and one that gives each half of the owners.
pub(crate) struct Routed {
    name: &'static str,
}

impl Routed {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name }
    }
}

const HALF: Rule = Rule::Percent(50);

struct RoutedFixture {
    stores: [Box<dyn Fixture>; 2],
}

#[async_trait]
impl Harness for Routed {
    fn name(&self) -> &str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let memory = MemoryHarness::new();
        let first = memory.start(Arc::clone(&clock)).await?;
        let stores = [first, memory.start(clock).await?];
        Ok(Box::new(RoutedFixture { stores }))
    }
}

#[async_trait]
impl Fixture for RoutedFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        let [first, other] = &self.stores;
        Arc::new(RoutedStore::new(first.store()).route(HALF, other.store()))
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let [first, other] = &self.stores;
        let store = if HALF.fits(key) { other } else { first };
        store.damage(key, damage).await
    }
}
