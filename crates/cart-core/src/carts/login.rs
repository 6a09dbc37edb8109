//! A guest signs in: their carts become the user's, from any store to any store.

use std::sync::Arc;

use super::Carts;
use super::hand_over::HandingOver;
use super::merge::Transfers;
use super::transfer::{OnExisting, Transfer};
use crate::domain::MergeStrategy;
use crate::storage::{Instance, Owner, Result};

impl Carts {
    /// Makes all of `guest`'s carts `user`'s, each instance its own, in `users`: the carts of the same
    /// store or of another one, such as the guests' in sessions and the users' in a database. To be
    /// called when a login has *succeeded*, with the token that the browser itself has sent.
    ///
    /// Every item arrives exactly once, however often the call is made, by however many requests at
    /// once, and wherever one of them ends. Within a store that is one step, as by [`Carts::merge`].
    /// Between two, the guest's cart first notes what is handed over, the user's cart takes it
    /// together with a receipt, and then it leaves the guest's cart. In between, both show it. What
    /// another tab adds meanwhile is taken along, or stays for the next login.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use cart_core::{BuiltInStrategy, Carts, Currency, MemoryCartStore, Money, NewItem, Owner};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cart_core::Error> {
    /// let guests = Carts::new(MemoryCartStore::new());
    /// let users = Carts::new(MemoryCartStore::new());
    /// let (guest, user) = (guests.new_guest()?, Owner::user("42")?);
    /// let price = Money::parse("4.99", Currency::parse("USD")?)?;
    /// let cart = guests.cart(guest.clone(), "default")?;
    /// cart.add(NewItem::new("tea", "Green tea", price)).await?;
    ///
    /// let strategy = Arc::new(BuiltInStrategy::AddQuantities);
    /// let login = guests.login(&guest, &users, &user, strategy).await?;
    /// assert!(login.failed.is_empty());
    /// assert_eq!(users.cart(user, "default")?.items().await?.quantity(), 1);
    /// assert!(!cart.load().await?.exists());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the store answers when it is asked for the guest's carts. A cart that can't be given keeps
    /// no other from it, and shows what it showed before: see [`Transfers::failed`]. That must not
    /// keep the user from being logged in; the next login goes on.
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::login_instance`], cart by cart.
    pub async fn login(
        &self,
        guest: &Owner,
        users: &Self,
        user: &Owner,
        strategy: Arc<dyn MergeStrategy>,
    ) -> Result<Transfers> {
        let mut transfers = Transfers::default();
        for instance in self.instances(guest).await? {
            let strategy = Arc::clone(&strategy);
            let given = self.login_instance(guest, users, user, &instance, strategy);
            let transfer = given.await;
            transfers.note(instance, transfer);
        }
        Ok(transfers)
    }

    /// As [`Carts::login`], for one instance alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Domain`](crate::ErrorKind::Domain) when the carts can't be merged: both are then as
    /// they were; [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) when others write to them until
    /// the deadline; what either store answers. The call can be made again in every case.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the guest's cart may be noted as being handed over, which shows
    /// nowhere, or be in both carts until the call is made again: then every item is in one.
    pub async fn login_instance(
        &self,
        guest: &Owner,
        users: &Self,
        user: &Owner,
        instance: &Instance,
        strategy: Arc<dyn MergeStrategy>,
    ) -> Result<Transfer> {
        if guest == user {
            return Ok(Transfer::SameOwner);
        }
        if self.is_on_the_store_of(users) {
            let merge = OnExisting::Merge(strategy);
            return users.transfer(guest, user, instance, &merge).await;
        }
        let handing_over = HandingOver::new(self, guest, users, user, instance, &*strategy);
        // It holds two carts, and whoever awaits a login shall not.
        Box::pin(handing_over.finish()).await
    }

    /// Whether both use one store by the same handle. Two handles of one store go as two stores do.
    fn is_on_the_store_of(&self, other: &Self) -> bool {
        let address = |carts: &Self| Arc::as_ptr(carts.store()).cast::<()>();
        address(self) == address(other)
    }
}
