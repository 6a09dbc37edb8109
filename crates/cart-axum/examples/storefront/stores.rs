//! Where the carts are: one URL chooses.

use std::sync::Arc;

use cart_core::{Carts, ExpiryPolicy, RenewOn, Result, StoreRegistry};
use cart_store_db::{MysqlFactory, PostgresFactory, SqliteFactory};
use std::time::Duration;

/// Carts that nobody touches are kept so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Opens the carts at `url`.
pub(crate) async fn open(url: &str) -> Result<Carts> {
    let registry = StoreRegistry::new()
        .with("sqlite", Arc::new(SqliteFactory::new()))
        .with("postgres", Arc::new(PostgresFactory::new()))
        .with("mysql", Arc::new(MysqlFactory::new()));
    let store = registry.open(url).await?;
    let expiry = ExpiryPolicy::after(KEPT, RenewOn::Write);
    Ok(Carts::builder(store).expiry(expiry).build())
}
