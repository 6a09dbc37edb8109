//! From a URL to a database.

use cart_core::{Error, ErrorKind, Operation, Result, StoreUrl};

use super::Database;
use crate::table::TableName;
#[cfg(feature = "servers")]
use {
    crate::server::{Server, ServerCartStore, ServerConfig},
    std::time::Duration,
};

/// How long a statement on a server may take: a report reads an entry for each cart.
#[cfg(feature = "servers")]
const PATIENCE: Duration = Duration::from_secs(60);

impl Database {
    /// The database at `url`, with the carts in `table` or in the one that the URL names. Nothing
    /// is created.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for the URL of another kind of store, or of a database that is
    /// not compiled in; [`ErrorKind::Unprepared`] when there are no carts; what opening the store
    /// meets.
    ///
    /// # Cancel safety
    ///
    /// Nothing stays open.
    pub async fn open(url: &StoreUrl, table: Option<TableName>) -> Result<Self> {
        match url.scheme() {
            #[cfg(feature = "sqlite")]
            "sqlite" => {
                let config: crate::SqliteConfig = url.as_str().parse()?;
                let config = match table {
                    Some(table) => config.with_table(table),
                    None => config,
                };
                let store = crate::SqliteCartStore::open(config.with_create_schema(false)).await?;
                Ok(store.database())
            }
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => on_server::<crate::Mysql>(url, table).await,
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => on_server::<crate::Postgres>(url, table).await,
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "this store has no reports and no history: only SQL databases do",
            )
            .during(Operation::Open)),
        }
    }
}

#[cfg(feature = "servers")]
async fn on_server<S: Server>(url: &StoreUrl, table: Option<TableName>) -> Result<Database> {
    let config: ServerConfig<S> = url.as_str().parse()?;
    let config = match table {
        Some(table) => config.with_table(table),
        None => config,
    };
    let config = config.with_create_schema(false).with_timeout(PATIENCE);
    Ok(ServerCartStore::open(config).await?.database())
}
