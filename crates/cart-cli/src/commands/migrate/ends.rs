//! The two stores of a migration.

use std::sync::Arc;

use cart_core::{CartStore, Result, ScanRequest, Select, StoreUrl};
use clap::Args;

use crate::commands::count::count;
use crate::failure::Failure;
use crate::store::{Access, Place};

/// From where, and where to.
#[derive(Debug, Args)]
pub(crate) struct Ends {
    /// The store that has the carts: a URL, or `database` or `cache` where the environment
    /// configures it.
    from: StoreUrl,

    /// The store that gets them. `CART_STORAGE` and --store play no part here.
    to: StoreUrl,
}

/// Where both stores are.
pub(super) struct Places {
    from: Place,
    to: Place,
    addresses: [String; 2],
}

/// Both stores.
pub(super) struct Stores {
    pub(super) source: Arc<dyn CartStore>,
    pub(super) target: Arc<dyn CartStore>,
    /// What tells them from others; no secret.
    pub(super) addresses: [String; 2],
}

impl Ends {
    pub(super) fn places(&self) -> Result<Places, Failure> {
        if self.from.as_str() == self.to.as_str() {
            return Err(Failure::Invalid("both are the same store: name two"));
        }
        Ok(Places {
            from: Place::new(self.from.clone(), crate::variables())?,
            to: Place::new(self.to.clone(), crate::variables())?,
            addresses: [address(self.from.as_str()), address(self.to.as_str())],
        })
    }
}

impl Places {
    /// Opens both; a source is never made.
    pub(super) async fn open(&self, target: Access) -> Result<Stores> {
        let source = self.from.open(Access::Existing).await?;
        let target = self.to.open(target).await?;
        Ok(Stores {
            source: Arc::clone(source.store()),
            target: Arc::clone(target.store()),
            addresses: self.addresses.clone(),
        })
    }

    /// Waits until the last writes are in the files themselves.
    pub(super) async fn closed(&self) {
        self.from.sqlite.closed().await;
        self.to.sqlite.closed().await;
    }
}

impl Stores {
    pub(super) fn both(&self) -> (Arc<dyn CartStore>, Arc<dyn CartStore>) {
        (Arc::clone(&self.source), Arc::clone(&self.target))
    }
}

/// How many carts and tombstones a store has.
pub(super) async fn records(store: &dyn CartStore, request: &ScanRequest) -> Result<u64> {
    let mut tombstones = request.clone();
    tombstones.select = Select::Tombstones;
    Ok(count(store, request.clone()).await? + count(store, tombstones).await?)
}

/// A URL without the user and whatever may be a password.
fn address(url: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let place = place.rsplit('@').next().unwrap_or_default();
    let options = query
        .split('&')
        .filter(|option| !option.starts_with("pass"));
    let options: Vec<&str> = options.collect();
    format!("{place}?{}", options.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_no_secret_and_tells_tables_apart() {
        assert_eq!(
            address("postgres://cart:p@ss@db/shop?password=p&table=a"),
            "db/shop?table=a"
        );
        assert_eq!(address("sqlite://carts.db"), "sqlite://carts.db?");
    }
}
