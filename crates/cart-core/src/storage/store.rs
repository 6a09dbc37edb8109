//! The trait that every store implements.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::capability::StoreInfo;
use super::error::Result;
use super::key::{CartKey, Instance};
use super::owner::Owner;
use super::request::{Health, LoadRequest, Rename, SaveRequest, ScanPage, ScanRequest, Stored};
use super::version::Version;

/// A place that keeps carts.
///
/// This trait is the contract between *stores* and this crate, and holds the least that a store
/// must do. Applications don't call it: they hold [`Carts`](crate::Carts), which builds everything
/// else on top, once.
///
/// What each method promises is written down, clause by clause, in the
/// [contract](https://github.com/cart-storage/cart-storage/blob/main/docs/contract.md), and the
/// suite in `cart-testkit` checks it. In short:
///
/// - a record is written whole, by one conditional write; the version to compare comes from the
///   caller, and the store never mints one;
/// - a store moves the encoded parts and never interprets them;
/// - saving a record that is stored already is `Ok`, so that a lost reply can be answered by the
///   same call;
/// - at `now >= expires_at` a record is absent everywhere;
/// - a power that isn't declared answers [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported),
///   never an empty success;
/// - an outage is [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), never a missing cart.
///
/// There are no default methods: a wrapper that forgets one doesn't compile.
///
/// # Cancel safety
///
/// Every method may be dropped at every await: the state is then the one before or the one after,
/// and the store stays usable.
#[async_trait]
pub trait CartStore: Debug + Send + Sync + 'static {
    /// The store's name and powers. No I/O.
    fn info(&self) -> StoreInfo;

    /// What is stored under a key.
    async fn load(&self, request: &LoadRequest) -> Result<Stored>;

    /// Stores a record, if what is stored is what was expected.
    async fn save(&self, request: &SaveRequest) -> Result<()>;

    /// Stores several records, each on its own: one answer for each request, in their order.
    ///
    /// The call itself fails only when nothing can be said of any of them.
    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>>;

    /// Gives a cart another key, perhaps merged into what is there.
    async fn rename(&self, rename: &Rename) -> Result<()>;

    /// Locks a cart and loads it.
    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>>;

    /// The instances of an owner's live carts, each once.
    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>>;

    /// One page of a list of carts.
    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage>;

    /// Removes at most `limit` expired records for good, tombstones included, and tells how many:
    /// fewer than `limit` means that none is left for now.
    ///
    /// Expired records are absent anyway; this gives back their room and ends their last trace. A
    /// record that was renewed meanwhile stays. Where the backend removes them by itself
    /// ([`Expiry::Native`](crate::Expiry::Native)), the answer is 0.
    async fn sweep(&self, limit: usize) -> Result<usize>;

    /// Takes the mark off a record that is of this version still, be it a cart or a tombstone, and
    /// changes nothing else of it. Where another version is stored, or nothing, nothing happens.
    ///
    /// A mark says that another store has to hear of a write. It is set by the write itself; this is
    /// how whoever has told the other store takes it off.
    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()>;

    /// Asks the backend whether it is there, and how it is set.
    async fn ping(&self) -> Result<Health>;
}

/// A locked cart: no other holder of its lock changes it until this is saved or dropped.
///
/// A plain save goes by the version, as always; it may have to wait for the lock's end.
#[async_trait]
pub trait CartLock: Debug + Send {
    /// What was stored when the lock was taken.
    fn stored(&self) -> &Stored;

    /// Stores a record for the locked cart and ends the lock.
    ///
    /// # Cancel safety
    ///
    /// As for [`CartStore::save`]; the lock ends in any case.
    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()>;
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: CartStore + ?Sized> CartStore for Arc<S> {
    fn info(&self) -> StoreInfo {
        (**self).info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        (**self).load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        (**self).save(request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        (**self).save_many(batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        (**self).rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        (**self).lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        (**self).instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        (**self).scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        (**self).sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        (**self).unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        (**self).ping().await
    }
}
