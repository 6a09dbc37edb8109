//! SQLite keeps the whole contract, also while it keeps the history of each cart.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_db::{SqliteCartStore, SqliteConfig};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

cart_testkit::main!(File { is_audited: false }, File { is_audited: true });

/// Starts stores in a file of their own.
struct File {
    is_audited: bool,
}

/// A store in a file, and where it is.
struct FileFixture {
    folder: TempDir,
    clock: Arc<dyn Clock>,
    path: Mutex<PathBuf>,
    store: SqliteCartStore,
}

#[async_trait]
impl Harness for File {
    fn name(&self) -> &'static str {
        if self.is_audited {
            "sqlite-audited"
        } else {
            "sqlite"
        }
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("carts.db");
        let config = SqliteConfig::file(&path).with_clock(Arc::clone(&clock));
        let store = SqliteCartStore::open(config).await?;
        if self.is_audited {
            store.database().history().switch(true).await?;
        }
        Ok(Box::new(FileFixture {
            folder,
            clock,
            path: Mutex::new(path),
            store,
        }))
    }
}

impl FileFixture {
    fn path(&self) -> PathBuf {
        let path = self.path.lock().unwrap_or_else(PoisonError::into_inner);
        path.clone()
    }

    fn connection(&self) -> Result<SqliteConnection, HarnessError> {
        let path = self.path().display().to_string();
        Ok(SqliteConnection::establish(&path)?)
    }
}

#[derive(QueryableByName)]
struct Items {
    #[diesel(sql_type = Text)]
    items: String,
}

#[async_trait]
impl Fixture for FileFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let config = SqliteConfig::file(self.path()).with_clock(Arc::clone(&self.clock));
        Ok(Arc::new(SqliteCartStore::open(config).await?))
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        const OF_KEY: &str = "tenant = ? AND class = ? AND identifier = ? AND instance = ?";
        let owner = key.owner();
        let mut connection = self.connection()?;
        let found: Items = sql_query(format!("SELECT items FROM carts WHERE {OF_KEY}"))
            .bind::<Text, _>(owner.tenant().as_str())
            .bind::<Text, _>(owner.class().as_str())
            .bind::<Text, _>(owner.identifier())
            .bind::<Text, _>(key.instance().as_str())
            .get_result(&mut connection)?;
        sql_query(format!("UPDATE carts SET items = ? WHERE {OF_KEY}"))
            .bind::<Text, _>(damage.apply(&found.items))
            .bind::<Text, _>(owner.tenant().as_str())
            .bind::<Text, _>(owner.class().as_str())
            .bind::<Text, _>(owner.identifier())
            .bind::<Text, _>(key.instance().as_str())
            .execute(&mut connection)?;
        Ok(())
    }

    /// Goes on with what `kill -9` would leave now: the files as they are, nothing closed.
    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let left = self.path();
        let path = self.folder.path().join("after-a-crash.db");
        fs::copy(&left, &path)?;
        fs::copy(left.with_extension("db-wal"), path.with_extension("db-wal"))?;
        *self.path.lock().unwrap_or_else(PoisonError::into_inner) = path;
        self.second_handle().await
    }
    async fn stop(&self) -> Result<(), HarnessError> {
        Err(HarnessError::lacking(
            "an embedded database has no backend to stop",
        ))
    }
}
