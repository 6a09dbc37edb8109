//! From a configuration to the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cart_core::{CartStore, Error, ErrorKind, OpenRequest, Result, StoreFactory};

use super::end::End;
use super::{SqliteCartStore, SqliteConfig};
use crate::database::Database;

/// Opens `sqlite:` URLs for a [`StoreRegistry`](cart_core::StoreRegistry), alone or as the
/// connection of the `database` section, whose `table` it then uses.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::StoreRegistry;
/// use cart_store_db::SqliteFactory;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let registry = StoreRegistry::new().with("sqlite", Arc::new(SqliteFactory::new()));
/// let store = registry.open("sqlite::memory:").await?;
/// assert_eq!(&*store.info().name, "sqlite");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct SqliteFactory {
    opened: Arc<Mutex<Vec<End>>>,
}

impl SqliteFactory {
    /// A factory that has opened nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until every store that this factory or a clone of it has opened is closed, as
    /// [`SqliteCartStore::close`] does for one: for a program that is about to end, and has dropped
    /// its stores.
    ///
    /// # Cancel safety
    ///
    /// The stores are closed all the same, and can be waited for again.
    pub async fn closed(&self) {
        let opened = self.opened().clone();
        for end in opened {
            end.reached().await;
        }
    }

    /// Opens the database that `config` describes, for reports and the like.
    ///
    /// # Errors
    ///
    /// As [`SqliteCartStore::open`].
    ///
    /// # Cancel safety
    ///
    /// As [`SqliteCartStore::open`].
    pub async fn database(&self, config: SqliteConfig) -> Result<Database> {
        Ok(self.store(config).await?.database())
    }

    /// Opens a store, and remembers that it has to come to its end.
    async fn store(&self, config: SqliteConfig) -> Result<SqliteCartStore> {
        let store = SqliteCartStore::open(config).await?;
        let mut opened = self.opened();
        opened.retain(|end| !end.is_reached());
        opened.push(store.end());
        Ok(store)
    }

    fn opened(&self) -> MutexGuard<'_, Vec<End>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings that stand in a section beside the table, and that others act upon.
const OF_OTHERS: [&str; 3] = ["connection", "lock_for_update", "url"];

#[async_trait]
impl StoreFactory for SqliteFactory {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut config: SqliteConfig = request.url.as_str().parse()?;
        for (key, value) in request.section.as_object().into_iter().flatten() {
            match (key.as_str(), value.as_str()) {
                ("table", Some(table)) => config = config.with_table(table.parse()?),
                (key, _) if OF_OTHERS.contains(&key) => {}
                (key, _) => {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("sqlite: the setting `{key}` is unknown, or is no text"),
                    ));
                }
            }
        }
        let config = config.with_clock(Arc::clone(&request.clock));
        Ok(Arc::new(self.store(config).await?))
    }
}
