//! What a place for sessions has to do.

use std::fmt::Debug;

use async_trait::async_trait;
use cart_core::{Health, Owner, Result, StoreInfo};

use crate::sessions::{SessionCarts, Sessions};

/// A place where sessions live: it reads them, and changes them in the best way it has.
///
/// A home judges nothing. [`SessionCartStore`](crate::SessionCartStore) hands it what is to be
/// decided as a function; versions, expiry, instances and renames stand there, once for all homes.
///
/// # Cancel safety
///
/// Every method may be dropped at every await: the sessions are then as before or as after, unless
/// the home says what else can be.
#[async_trait]
pub trait SessionHome: Debug + Send + Sync + 'static {
    /// The name and the powers of a store in this home. No I/O.
    ///
    /// With a compare-and-set, [`SessionHome::change`] is one step among those that it covers. With
    /// an atomic rename, so is a change of two sessions.
    fn info(&self) -> StoreInfo;

    /// The carts in the session of `owner`; none when there is no such session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](cart_core::ErrorKind::Corrupt) when the session can't be made out,
    /// and what the backend answers; never an empty session for either.
    async fn read(&self, owner: &Owner) -> Result<SessionCarts>;

    /// Reads the sessions of `owners`, has `decide` change them, and writes what it changed, in
    /// the order of [`Sessions::into_changed`]. Where `decide` fails, nothing is written.
    ///
    /// # Errors
    ///
    /// As [`SessionHome::read`], and what `decide` answers.
    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static;

    /// At most `limit` sessions in an order of the home's own, from the one at `place` on, or from
    /// the first that follows it; fewer only at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](cart_core::ErrorKind::Invalid) for a place that the home does not
    /// know, and as [`SessionHome::read`].
    async fn list(&self, place: Option<&[u8]>, limit: usize) -> Result<Vec<Listed>>;

    /// Asks the backend whether it is there.
    ///
    /// # Errors
    ///
    /// What the backend answers.
    async fn ping(&self) -> Result<Health>;
}

/// A session in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Where it stands in the home's order.
    pub place: Vec<u8>,
    /// Whose it is.
    pub owner: Owner,
    /// What is in it.
    pub carts: SessionCarts,
}
