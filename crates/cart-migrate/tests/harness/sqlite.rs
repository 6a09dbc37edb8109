//! SQLite, in a file.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Clock};
use cart_store_db::{SqliteCartStore, SqliteConfig};
use cart_testkit::{Fixture, Harness, HarnessError};
use tempfile::TempDir;

/// Starts stores in a file of their own.
pub(crate) struct Sqlite;

struct SqliteFixture {
    folder: TempDir,
    clock: Arc<dyn Clock>,
    store: SqliteCartStore,
}

#[async_trait]
impl Harness for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let folder = tempfile::tempdir()?;
        let store = open(&folder, &clock).await?;
        Ok(Box::new(SqliteFixture {
            folder,
            clock,
            store,
        }))
    }
}

async fn open(folder: &TempDir, clock: &Arc<dyn Clock>) -> Result<SqliteCartStore, HarnessError> {
    let config = SqliteConfig::file(folder.path().join("carts.db"));
    Ok(SqliteCartStore::open(config.with_clock(Arc::clone(clock))).await?)
}

#[async_trait]
impl Fixture for SqliteFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(Arc::new(open(&self.folder, &self.clock).await?))
    }
}
