//! Carts go for good: of one person, or of everybody.

use super::Carts;
use super::write::{Outcome, Patience, Write, expectation};
use crate::domain::Event;
use crate::storage::{
    CartKey, CartRecord, Detail, Owner, Result, SaveRequest, ScanRequest, Select, Stored,
};

/// What [`Carts::erase`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// The carts.
    pub carts: usize,
    /// The tombstones of carts that were deleted before.
    pub tombstones: usize,
    /// The expired records that the store gave up in the end: these, and others that were due.
    pub swept: usize,
}

impl Carts {
    /// Removes every trace of an owner: all carts, and the tombstones that deletes and transfers
    /// have left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) on a store that can't list: its
    /// tombstones go when they expire; what the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some records are gone and some not; repeat the call.
    pub async fn erase(&self, owner: &Owner) -> Result<Erased> {
        let mut erased = Erased::default();
        self.shared.recent.forget_owner(owner);
        for instance in self.instances(owner).await? {
            let key = CartKey::new(owner.clone(), instance);
            erased.carts += usize::from(self.erase_record(key).await?);
        }
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.owner = Some(owner.clone());
        request.select = Select::Tombstones;
        request.detail = Detail::Headers;
        loop {
            let page = self.shared.store.scan(&request).await?;
            for entry in page
                .entries
                .into_iter()
                .filter(|entry| entry.key.owner() == owner)
            {
                erased.tombstones += usize::from(self.erase_record(entry.key).await?);
            }
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => break,
            }
        }
        erased.swept = self.sweep().await?;
        Ok(erased)
    }

    /// Deletes **every cart of every owner** in the store, and nothing outside of its own table or
    /// prefix; tells how many there were.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) on a store that can't list; what
    /// the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some carts are deleted and some not.
    pub async fn delete_every_cart_of_every_owner(&self) -> Result<usize> {
        let mut deleted = 0;
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.detail = Detail::Headers;
        loop {
            let page = self.shared.store.scan(&request).await?;
            for entry in page.entries {
                deleted += usize::from(self.cart_of(entry.key).forget().await?);
            }
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return Ok(deleted),
            }
        }
    }

    /// Removes the expired records of all owners for good, batch by batch, and tells how many.
    ///
    /// # Errors
    ///
    /// What the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some are removed and some not: they are absent anyway.
    pub async fn sweep(&self) -> Result<usize> {
        self.sweep_at_most(usize::MAX).await
    }

    /// As [`Carts::sweep`], and stops after `limit` of them: fewer mean that none is left for now.
    ///
    /// # Errors
    ///
    /// As [`Carts::sweep`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::sweep`].
    pub async fn sweep_at_most(&self, limit: usize) -> Result<usize> {
        const BATCH: usize = 1_000;
        let mut swept = 0;
        while swept < limit {
            let wanted = BATCH.min(limit - swept);
            let batch = self.shared.store.sweep(wanted).await?;
            swept += batch;
            if batch < wanted {
                break;
            }
        }
        Ok(swept)
    }

    /// Puts a tombstone that has expired already over whatever is stored.
    async fn erase_record(&self, key: CartKey) -> Result<bool> {
        let mut patience = Patience::new(self);
        let cart = self.cart_of(key.clone());
        let _turn = cart.turn().await?;
        let mut stored = self.stored(&key).await?;
        loop {
            if stored.version().is_none() {
                return Ok(false);
            }
            let now = self.shared.clock.now();
            let last = CartRecord::new(self.version_after(&[&stored])?, now);
            let tombstone = last.tombstone(last.header.version, now, Some(now));
            let request = SaveRequest::new(key.clone(), tombstone, expectation(&stored));
            match self
                .commit(Write::Save(&request), None, &mut patience)
                .await?
            {
                Outcome::Written => {
                    if matches!(stored, Stored::Live(_)) {
                        self.announce(&key, &request.record.header, &[Event::CartForgotten]);
                    }
                    return Ok(true);
                }
                Outcome::Overtaken { conflict, current } => {
                    if !patience.wait(self).await {
                        return Err(self.failed(conflict));
                    }
                    stored = current;
                }
            }
        }
    }
}
