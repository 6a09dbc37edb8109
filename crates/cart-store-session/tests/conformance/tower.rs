//! Sessions of tower-sessions.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_session::{SessionCartStore, TowerHome};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};
use tower_sessions_core::SessionStore;
use tower_sessions_memory_store::MemoryStore;

/// The store that comes with tower-sessions for tests.
pub(crate) struct InMemory;

pub(crate) struct TowerFixture<S>(SessionCartStore<TowerHome<S>>);

impl<S: SessionStore> TowerFixture<S> {
    pub(crate) fn new(sessions: S, secret: &[u8; 32], clock: &Arc<dyn Clock>) -> Self {
        let home = TowerHome::new(Arc::new(sessions))
            .with_secret(secret)
            .with_clock(Arc::clone(clock));
        Self(SessionCartStore::new(home).with_clock(Arc::clone(clock)))
    }
}

#[async_trait]
impl Harness for InMemory {
    fn name(&self) -> &'static str {
        "tower-sessions-memory"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let sessions = MemoryStore::default();
        Ok(Box::new(TowerFixture::new(sessions, &[7; 32], &clock)))
    }
}

#[async_trait]
impl<S: SessionStore> Fixture for TowerFixture<S> {
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
