//! Where the carts are: one URL chooses.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{Carts, ExpiryPolicy, RenewOn, Result, StoreRegistry};
use cart_store_cache::CacheFactory;
use cart_store_db::{MysqlFactory, PostgresFactory, SqliteFactory};
use cart_store_session::FileFactory;

/// Carts that nobody touches are kept so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Opens the carts at `url`.
pub(crate) async fn open(url: &str) -> Result<Carts> {
    let mut registry = StoreRegistry::new()
        .with("file", Arc::new(FileFactory::new()))
        .with("mysql", Arc::new(MysqlFactory::new()))
        .with("postgres", Arc::new(PostgresFactory::new()))
        .with("sqlite", Arc::new(SqliteFactory::new()));
    for scheme in CacheFactory::SCHEMES {
        registry = registry.with(scheme, Arc::new(CacheFactory::new()));
    }
    let store = registry.open(url).await?;
    let expiry = ExpiryPolicy::after(KEPT, RenewOn::Write);
    Ok(Carts::builder(store).expiry(expiry).build())
}
