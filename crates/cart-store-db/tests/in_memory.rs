//! SQLite keeps the contract in memory too, as far as it can be looked at from outside.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::Clock;
use cart_store_db::{SqliteCartStore, SqliteConfig};
use cart_testkit::{Fixture, Harness, HarnessError};

cart_testkit::main!(InMemory);

/// Starts stores in memory.
struct InMemory;

#[async_trait]
impl Harness for InMemory {
    fn name(&self) -> &'static str {
        "sqlite-memory"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let config = SqliteConfig::memory().with_clock(clock);
        Ok(Box::new(Arc::new(SqliteCartStore::open(config).await?)))
    }
}
