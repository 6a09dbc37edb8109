//! The carts that this process has written last, so that the next edit of one needs no load.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::Carts;
use super::snapshot::CartSnapshot;
use crate::domain::Cart;
use crate::storage::{CartKey, CartRecord, Owner, Stored};

/// The carts that this process has written last, at most so many.
///
/// Others may have written since: what is found here is good for an attempt, which the store
/// judges, and never for an answer.
#[derive(Debug, Default)]
pub(super) struct RecentWrites(Option<Mutex<LruCache<CartKey, Written>>>);

/// A cart as it was written.
#[derive(Debug)]
struct Written {
    record: CartRecord,
    cart: Cart,
}

impl RecentWrites {
    /// The latest `count` of them.
    pub(super) fn latest(count: usize) -> Self {
        Self(NonZeroUsize::new(count).map(|count| Mutex::new(LruCache::new(count))))
    }

    fn carts(&self) -> Option<MutexGuard<'_, LruCache<CartKey, Written>>> {
        let carts = self.0.as_ref()?;
        Some(carts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets a cart that is about to be written.
    pub(super) fn forget(&self, key: &CartKey) {
        if let Some(mut carts) = self.carts() {
            carts.pop(key);
        }
    }

    /// Forgets every cart of an owner.
    pub(super) fn forget_owner(&self, owner: &Owner) {
        let Some(mut carts) = self.carts() else {
            return;
        };
        let of_owner = carts.iter().map(|(key, _)| key);
        let of_owner: Vec<CartKey> = of_owner
            .filter(|key| key.owner() == owner)
            .cloned()
            .collect();
        for key in of_owner {
            carts.pop(&key);
        }
    }
}

impl Carts {
    /// The cart as this process wrote it last, if that is remembered and hasn't expired. It is given
    /// once: whoever writes upon it remembers what comes of it.
    pub(super) fn recall(&self, key: &CartKey) -> Option<CartSnapshot> {
        let Written { record, cart } = self.shared.recent.carts()?.pop(key)?;
        if record.is_expired(self.shared.clock.now()) {
            return None;
        }
        let stored = Stored::Live(record);
        Some(CartSnapshot::written(
            self.clone(),
            key.clone(),
            stored,
            cart,
        ))
    }

    /// Remembers a cart that was written just now.
    pub(super) fn remember(&self, snapshot: &CartSnapshot) {
        if let (Some(mut carts), Stored::Live(record), Ok(cart)) = (
            self.shared.recent.carts(),
            snapshot.stored(),
            snapshot.cart(),
        ) {
            let written = Written {
                record: record.clone(),
                cart: cart.clone(),
            };
            carts.put(snapshot.key().clone(), written);
        }
    }
}
