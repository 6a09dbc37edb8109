//! What applications hold: carts by owner and instance, on any store.

mod builder;
mod checkout;
mod cleanup;
mod documented;
mod edit;
mod edited;
mod erase;
mod hand_over;
mod handle;
mod idempotency;
mod lease;
mod login;
mod merge;
mod observer;
mod policy;
mod precondition;
mod queue;
mod recent;
mod restore;
mod retention;
mod snapshot;
mod transfer;
mod write;

use std::sync::Arc;

pub use builder::CartsBuilder;
pub use cleanup::{Cleanup, CleanupCheckpoint, CleanupCounts, CleanupRun};
pub use edited::Edited;
pub use erase::Erased;
pub use handle::CartHandle;
pub use idempotency::IdempotencyKey;
pub use lease::Lease;
pub use merge::{FailedInstance, MergedInstance, Transfers};
pub use observer::{Notice, Observer};
pub use policy::{ExpiryPolicy, RenewOn};
pub use precondition::Precondition;
pub use retention::Retention;
pub use snapshot::CartSnapshot;
pub use transfer::{OnExisting, Transfer};

use crate::domain::{Limits, Pricing, Rounding, RuleBook};
use crate::randomness::Randomness;
use crate::storage::{
    CartKey, CartStore, Health, Instance, InvalidKey, LoadRequest, Owner, Result, StoreInfo,
    Stored, Version,
};
use crate::time::Clock;

/// The carts of a shop.
///
/// Cheap to clone, and the same for every store: an application that outgrows one changes the
/// store it opens and nothing else. Whatever it does goes through the one conditional write that
/// the store offers, so no edit is ever lost.
///
/// ```
/// use cart_core::{Carts, Currency, MemoryCartStore, Money, NewItem, Owner};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cart_core::Error> {
/// let carts = Carts::new(MemoryCartStore::new());
/// let cart = carts.cart(Owner::user("42")?, "default")?;
///
/// let price = Money::parse("19.99", Currency::parse("USD")?)?;
/// cart.add(NewItem::new("sku-1", "Cup", price).quantity(2)).await?;
///
/// let totals = cart.load().await?.totals()?;
/// assert_eq!(totals.total, 3_998);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Carts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn CartStore>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    limits: Limits,
    rounding: Rounding,
    rules: RuleBook,
    policy: policy::Policy,
    observers: Vec<Arc<dyn Observer>>,
    queue: queue::EditQueue,
    recent: recent::RecentWrites,
}

impl Carts {
    /// The carts in `store`, with the defaults of [`CartsBuilder`].
    pub fn new(store: impl CartStore) -> Self {
        Self::builder(store).build()
    }

    /// The carts in `store`, with settings of the application's own.
    pub fn builder(store: impl CartStore) -> CartsBuilder {
        CartsBuilder::new(Arc::new(store))
    }

    /// A handle to `owner`'s cart `instance`. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the instance is empty or too long.
    pub fn cart(&self, owner: Owner, instance: &str) -> Result<CartHandle, InvalidKey> {
        Ok(self.cart_of(CartKey::new(owner, Instance::new(instance)?)))
    }

    /// A handle to the cart `key`. Nothing is read or written.
    pub fn cart_of(&self, key: CartKey) -> CartHandle {
        CartHandle::new(self.clone(), key)
    }

    /// A guest whom nobody can guess: the token holds 128 random bits.
    ///
    /// # Errors
    ///
    /// As [`Owner::new_guest`].
    pub fn new_guest(&self) -> Result<Owner, InvalidKey> {
        Owner::new_guest(&*self.shared.randomness)
    }

    /// The instances of `owner`'s carts, each once.
    ///
    /// # Errors
    ///
    /// What the store answers.
    ///
    /// # Cancel safety
    ///
    /// Reads only.
    pub async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.shared.store.instances(owner).await
    }

    /// The store underneath.
    pub fn store(&self) -> &Arc<dyn CartStore> {
        &self.shared.store
    }

    /// The store's name and powers.
    pub fn info(&self) -> StoreInfo {
        self.shared.store.info()
    }

    /// Asks the backend whether it is there.
    ///
    /// # Errors
    ///
    /// What the store answers; [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when it
    /// can't be reached.
    ///
    /// # Cancel safety
    ///
    /// Reads only.
    pub async fn ping(&self) -> Result<Health> {
        self.shared.store.ping().await
    }

    /// The limits that writes are held to.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// How totals are computed at this moment.
    pub fn pricing(&self) -> Pricing {
        Pricing {
            now: self.shared.clock.now(),
            rounding: self.shared.rounding,
            rules: self.shared.rules.clone(),
        }
    }

    async fn stored(&self, key: &CartKey) -> Result<Stored> {
        self.stored_at_least(key, None).await
    }

    /// What is stored, not older than this version.
    async fn stored_at_least(&self, key: &CartKey, version: Option<Version>) -> Result<Stored> {
        let mut request = LoadRequest::new(key.clone());
        request.at_least = version;
        request.renew = self
            .shared
            .policy
            .expiry(key)
            .renewed_on_read(self.shared.clock.now());
        self.shared.store.load(&request).await
    }
}
