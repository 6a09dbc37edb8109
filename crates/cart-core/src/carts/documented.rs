//! The thirteen operations of the classic cart storage interface, derived once for every store:
//! `has`, `forget`, `flush`, get and put of items, conditions, both and metadata, `instances`,
//! `forget_identifier` and `swap_identifier`.
//!
//! On a handle, the puts replace that part and are applied again on conflict. Who wants them to
//! carry a version makes the same change to a [`CartSnapshot`](super::CartSnapshot) and saves that.

use super::Carts;
use super::edited::Edited;
use super::handle::CartHandle;
use super::transfer::{OnExisting, Transfer};
use crate::domain::{Conditions, Items, Json, JsonMap};
use crate::storage::{CartKey, Instance, Owner, Result};

impl CartHandle {
    /// Whether the cart holds anything, metadata alone included.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::load`] and [`CartSnapshot::items`](super::CartSnapshot::items).
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn has(&self) -> Result<bool> {
        Ok(!self.load().await?.cart()?.is_empty())
    }

    /// The items.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::has`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn items(&self) -> Result<Items> {
        Ok(self.load().await?.items()?.clone())
    }

    /// The conditions.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::has`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn conditions(&self) -> Result<Conditions> {
        Ok(self.load().await?.conditions()?.clone())
    }

    /// The metadata.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::has`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn metadata(&self) -> Result<JsonMap> {
        Ok(self.load().await?.metadata()?.clone())
    }

    /// One value of the metadata.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::has`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn metadata_value(&self, key: &str) -> Result<Option<Json>> {
        Ok(self.load().await?.metadata()?.get(key).cloned())
    }

    /// Replaces the items.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn put_items(&self, items: Items) -> Result<Edited<()>> {
        self.edit(move |cart| cart.put_items(items.clone())).await
    }

    /// Replaces the conditions.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn put_conditions(&self, conditions: Conditions) -> Result<Edited<()>> {
        self.edit(move |cart| cart.put_conditions(conditions.clone()))
            .await
    }

    /// Replaces items and conditions, in one write.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn put_both(&self, items: Items, conditions: Conditions) -> Result<Edited<()>> {
        self.edit(move |cart| cart.put_both(items.clone(), conditions.clone()))
            .await
    }

    /// Replaces the metadata.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn put_metadata(&self, metadata: JsonMap) -> Result<Edited<()>> {
        self.edit(move |cart| {
            cart.replace_metadata(metadata.clone());
            Ok(())
        })
        .await
    }
}

impl Carts {
    /// Deletes all of an owner's carts, one after the other, and tells how many there were.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::forget`], at the first cart that can't be deleted.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::forget`], cart by cart.
    pub async fn forget_identifier(&self, owner: &Owner) -> Result<usize> {
        let mut forgotten = 0;
        for instance in self.instances(owner).await? {
            let cart = self.cart_of(CartKey::new(owner.clone(), instance));
            forgotten += usize::from(cart.forget().await?);
        }
        Ok(forgotten)
    }

    /// [`Carts::forget_identifier`] under its other name.
    ///
    /// # Errors
    ///
    /// As [`Carts::forget_identifier`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::forget_identifier`].
    pub async fn flush(&self, owner: &Owner) -> Result<usize> {
        self.forget_identifier(owner).await
    }

    /// Gives a cart another identifier; `false` when there is none. See [`Carts::transfer`], which
    /// tells more, and [`Carts::transfer_all`] for all instances.
    ///
    /// # Errors
    ///
    /// As [`Carts::transfer`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::transfer`].
    pub async fn swap_identifier(
        &self,
        from: &Owner,
        to: &Owner,
        instance: &Instance,
        on_existing: &OnExisting,
    ) -> Result<bool> {
        Ok(
            match self.transfer(from, to, instance, on_existing).await? {
                Transfer::Absent | Transfer::AlreadyMerged => false,
                Transfer::Merged(_)
                | Transfer::Moved
                | Transfer::Replaced
                | Transfer::SameOwner => true,
            },
        )
    }
}
