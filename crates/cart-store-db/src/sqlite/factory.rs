//! From a configuration to the store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Error, ErrorKind, OpenRequest, Result, StoreFactory};

use super::{SqliteCartStore, SqliteConfig};

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
/// let registry = StoreRegistry::new().with("sqlite", Arc::new(SqliteFactory));
/// let store = registry.open("sqlite::memory:").await?;
/// assert_eq!(&*store.info().name, "sqlite");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteFactory;

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
        Ok(Arc::new(SqliteCartStore::open(config).await?))
    }
}
