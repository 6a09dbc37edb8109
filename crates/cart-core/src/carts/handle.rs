//! One cart, by its key: the edits that applications make.

use super::Carts;
use super::edited::Edited;
use super::snapshot::CartSnapshot;
use super::write::{Outcome, Patience, Write, check_at_home, expectation};
use crate::domain::{Condition, Event, Item, ItemUpdate, Json, JsonMap, NewItem};
use crate::storage::{CartKey, Result, SaveRequest, Stored, Version};

/// One cart of one owner, made by [`Carts::cart`].
///
/// A handle holds no state: each edit loads the cart, changes it and saves it in one conditional
/// write, and does so again when somebody else was faster; see [`CartHandle::edit`], whose errors
/// and cancel safety all edits share. [`CartsBuilder::remember_writes`](super::CartsBuilder::remember_writes)
/// saves repeated edits the load.
#[derive(Clone, Debug)]
pub struct CartHandle {
    carts: Carts,
    key: CartKey,
}

impl CartHandle {
    pub(super) fn new(carts: Carts, key: CartKey) -> Self {
        Self { carts, key }
    }

    /// Which cart it is.
    pub fn key(&self) -> &CartKey {
        &self.key
    }

    /// The carts that it is one of.
    pub fn carts(&self) -> &Carts {
        &self.carts
    }

    /// Loads the cart; one that isn't there is an empty one that does not
    /// [exist](CartSnapshot::exists).
    ///
    /// # Errors
    ///
    /// What the store answers: an outage is an error, never an empty cart. What can't be read
    /// shows when it is asked for.
    ///
    /// # Cancel safety
    ///
    /// Reads only; where reading renews the expiry, that may have happened.
    pub async fn load(&self) -> Result<CartSnapshot> {
        let stored = self.carts.stored(&self.key).await?;
        Ok(CartSnapshot::new(
            self.carts.clone(),
            self.key.clone(),
            stored,
        ))
    }

    /// Loads the cart, not older than `version`: where the store has replicas, one of them may then
    /// answer.
    ///
    /// Give what the same visitor has last [seen](CartSnapshot::version) or written, kept in the
    /// page or the session: what others have written since may be missing, and nothing that the
    /// visitor knows of is. Edits never go by it; they load the newest.
    ///
    /// ```
    /// use cart_core::{Carts, Currency, MemoryCartStore, Money, NewItem, Owner};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cart_core::Error> {
    /// let cart = Carts::new(MemoryCartStore::new()).cart(Owner::user("42")?, "default")?;
    /// let price = Money::parse("4.99", Currency::parse("USD")?)?;
    /// cart.add(NewItem::new("tea", "Green tea", price)).await?;
    ///
    /// let seen = cart.load().await?.version().expect("a cart that exists has a version");
    /// let page = cart.load_at_least(seen).await?;
    /// assert_eq!(page.items()?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`CartHandle::load`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::load`].
    pub async fn load_at_least(&self, version: Version) -> Result<CartSnapshot> {
        let stored = self.carts.stored_at_least(&self.key, Some(version)).await?;
        Ok(CartSnapshot::new(
            self.carts.clone(),
            self.key.clone(),
            stored,
        ))
    }

    /// Adds an item; more of it, when the cart holds it already. Gives the line as it is then.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; [`ErrorKind::Domain`](crate::ErrorKind::Domain) for an item that
    /// breaks a rule.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn add(&self, item: NewItem) -> Result<Edited<Item>> {
        self.edit(move |cart| cart.add(item.clone())).await
    }

    /// Adds several items in one write, all of them or none.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::add`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn add_all(&self, items: Vec<NewItem>) -> Result<Edited<Vec<Item>>> {
        self.edit(move |cart| cart.add_all(items.clone())).await
    }

    /// Changes a line; `None`, and no write, when the cart does not hold it. A line whose quantity
    /// falls to zero is removed.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::add`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn update(&self, item_id: &str, update: ItemUpdate) -> Result<Edited<Option<Item>>> {
        self.edit(move |cart| cart.update(item_id, update.clone()))
            .await
    }

    /// Removes a line and gives it back; `None`, and no write, when the cart does not hold it.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn remove(&self, item_id: &str) -> Result<Edited<Option<Item>>> {
        self.edit(move |cart| Ok(cart.remove(item_id))).await
    }

    /// Empties the cart: items, conditions and metadata. The cart goes on to exist.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn clear(&self) -> Result<Edited<()>> {
        self.edit(|cart| {
            cart.clear();
            Ok(())
        })
        .await
    }

    /// Puts a condition on the cart, in place of one with the same name. Gives what it replaced.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; [`ErrorKind::Domain`](crate::ErrorKind::Domain) for a condition
    /// that can't apply to a cart.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn apply(&self, condition: Condition) -> Result<Edited<Vec<Condition>>> {
        self.edit(move |cart| cart.apply(condition.clone())).await
    }

    /// Takes a condition off the cart and gives it back; `None`, and no write, without one.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn remove_condition(&self, name: &str) -> Result<Edited<Option<Condition>>> {
        self.edit(move |cart| Ok(cart.remove_condition(name))).await
    }

    /// Puts a condition on a line, in place of one with the same name. Gives what it replaced.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::apply`]; [`ErrorKind::Domain`](crate::ErrorKind::Domain) when the cart
    /// does not hold the line.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn apply_to_item(
        &self,
        item_id: &str,
        condition: Condition,
    ) -> Result<Edited<Option<Condition>>> {
        self.edit(move |cart| cart.apply_to_item(item_id, condition.clone()))
            .await
    }

    /// Takes a condition off a line and gives it back; `None`, and no write, without one.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn remove_item_condition(
        &self,
        item_id: &str,
        name: &str,
    ) -> Result<Edited<Option<Condition>>> {
        self.edit(move |cart| Ok(cart.remove_item_condition(item_id, name)))
            .await
    }

    /// Sets a key of the metadata; a null removes it.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn set_metadata(&self, key: &str, value: Json) -> Result<Edited<()>> {
        self.edit(move |cart| {
            cart.set_metadata(key, value.clone());
            Ok(())
        })
        .await
    }

    /// Sets several keys of the metadata in one write; nulls remove.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`].
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`].
    pub async fn merge_metadata(&self, changes: JsonMap) -> Result<Edited<()>> {
        self.edit(move |cart| {
            cart.merge_metadata(changes.clone());
            Ok(())
        })
        .await
    }

    /// Deletes the cart; `false`, and no write, when there is none. A tombstone stays for a while.
    ///
    /// # Errors
    ///
    /// What the store answers; the last [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) when
    /// the deadline has passed.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the cart is deleted wholly or not at all.
    pub async fn forget(&self) -> Result<bool> {
        self.forget_in_turn()
            .await
            .map_err(|error| self.carts.failed(error))
    }

    async fn forget_in_turn(&self) -> Result<bool> {
        let mut patience = Patience::new(&self.carts);
        let _turn = self.turn().await?;
        let mut stored = self.carts.stored(&self.key).await?;
        loop {
            check_at_home(&stored)?;
            let Stored::Live(record) = &stored else {
                return Ok(false);
            };
            let kept = self.carts.shared.policy.keep_deleted;
            let tombstone = self.carts.tombstone(record, kept)?;
            let request = SaveRequest::new(self.key.clone(), tombstone, expectation(&stored));
            match self
                .carts
                .commit(Write::Save(&request), None, &mut patience)
                .await?
            {
                Outcome::Written => {
                    self.carts
                        .announce(&self.key, &request.record.header, &[Event::CartForgotten]);
                    return Ok(true);
                }
                Outcome::Overtaken { conflict, current } => {
                    if !patience.wait(&self.carts).await {
                        return Err(conflict);
                    }
                    stored = current;
                }
            }
        }
    }
}
