//! The edit loop: load, change, save, and again when somebody else was faster.

use super::edited::Edited;
use super::handle::CartHandle;
use super::idempotency::IdempotencyKey;
use super::precondition::Precondition;
use super::queue::Turn;
use super::snapshot::CartSnapshot;
use super::write::{Outcome, Patience, Write, check_at_home};
use crate::domain::{Cart, DomainError, Event};
use crate::storage::{Error, ErrorKind, Result, RetryClass, SaveRequest};
use crate::time::timeout;

/// An edit that is made once, and its value when it was made before.
pub(super) struct Once<'a, T> {
    key: &'a IdempotencyKey,
    repeated: fn() -> T,
}

impl CartHandle {
    /// Changes the cart by `change`: loads it, applies the change, saves it, and does all that
    /// again when somebody else has written meanwhile. So edits that can be applied in any order
    /// don't surface a conflict.
    ///
    /// `change` may be called several times, each time with a fresh cart. A cart that is the same
    /// afterwards is not written.
    ///
    /// # Errors
    ///
    /// What `change` answers, as [`ErrorKind::Domain`]; the last
    /// [`ErrorKind::Conflict`] when the deadline has passed;
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::NewerFormat`] when the cart can't be read; what the
    /// store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the edit is made wholly or not at all.
    pub async fn edit<T, F>(&self, mut change: F) -> Result<Edited<T>>
    where
        T: Send,
        F: FnMut(&mut Cart) -> Result<T, DomainError> + Send,
    {
        self.edit_in_turn(|cart, _| change(cart), None).await
    }

    /// As [`CartHandle::edit`], and once for each key: when the edit of this key was made before,
    /// nothing happens and the value is `None`.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; [`ErrorKind::Invalid`] when the key was used for another request.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`]; repeating the call finds out what became of it.
    pub async fn edit_once<T, F>(
        &self,
        once: &IdempotencyKey,
        mut change: F,
    ) -> Result<Edited<Option<T>>>
    where
        T: Send,
        F: FnMut(&mut Cart) -> Result<T, DomainError> + Send,
    {
        let once = Once {
            key: once,
            repeated: || None,
        };
        self.edit_in_turn(|cart, _| change(cart).map(Some), Some(once))
            .await
    }

    /// As [`CartHandle::edit`], if the cart is as `precondition` says: for whoever has been shown a cart
    /// and decides on what was seen. With a key, the edit is made once, as by
    /// [`CartHandle::edit_once`]: when it was made before, the value is `None`, whatever has become of
    /// the version.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit_once`]; [`ErrorKind::Conflict`], with the current cart attached, when the
    /// cart is not as it should be.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit_once`].
    pub async fn edit_if<T, F>(
        &self,
        precondition: &Precondition,
        once: Option<&IdempotencyKey>,
        mut change: F,
    ) -> Result<Edited<Option<T>>>
    where
        T: Send,
        F: FnMut(&mut Cart) -> Result<T, DomainError> + Send,
    {
        let once = once.map(|key| Once {
            key,
            repeated: || None,
        });
        let change = |cart: &mut Cart, base: &CartSnapshot| {
            precondition.check(base)?;
            Ok::<_, Error>(Some(change(cart)?))
        };
        self.edit_in_turn(change, once).await
    }

    /// The edit, when it is this one's turn. `change` also sees what the cart is based on.
    pub(super) async fn edit_in_turn<T, F, E>(
        &self,
        change: F,
        once: Option<Once<'_, T>>,
    ) -> Result<Edited<T>>
    where
        T: Send,
        F: FnMut(&mut Cart, &CartSnapshot) -> Result<T, E> + Send,
        Error: From<E>,
    {
        let mut patience = Patience::new(self.carts());
        let edited = match self.turn().await {
            Ok(_turn) => self.edit_until_written(change, once, &mut patience).await,
            Err(error) => Err(error),
        };
        edited.map_err(|error| self.carts().failed(error))
    }

    async fn edit_until_written<T, F, E>(
        &self,
        mut change: F,
        once: Option<Once<'_, T>>,
        patience: &mut Patience,
    ) -> Result<Edited<T>>
    where
        T: Send,
        F: FnMut(&mut Cart, &CartSnapshot) -> Result<T, E> + Send,
        Error: From<E>,
    {
        let carts = self.carts();
        let mut remembered = carts.recall(self.key());
        let mut fresh = None;
        let mut is_overtaken = false;
        loop {
            let lock = if carts.shared.policy.lock {
                Some(carts.shared.store.lock(self.key()).await?)
            } else {
                None
            };
            let is_remembered = remembered.is_some();
            let base = if let Some(remembered) = remembered.take() {
                remembered
            } else {
                let stored = if let Some(lock) = &lock {
                    lock.stored().clone()
                } else if let Some(stored) = fresh.take() {
                    stored
                } else {
                    carts.stored(self.key()).await?
                };
                CartSnapshot::new(carts.clone(), self.key().clone(), stored)
            };
            let changed = match Change::of(&base, &mut change, once.as_ref()) {
                Ok(Change::Some(changed)) => changed,
                // Whether that is so now, only the store knows.
                Ok(Change::None(_)) | Err(_) if is_remembered => continue,
                Ok(Change::None(value)) => return Ok(Edited::unchanged(value, base)),
                Err(error) => return Err(error),
            };
            let first = match lock {
                Some(lock) => Some(lock.save(&changed.request).await),
                None => None,
            };
            let write = Write::Save(&changed.request);
            match carts.commit(write, first, patience).await? {
                Outcome::Written => {
                    let Changed {
                        value,
                        cart,
                        events,
                        request,
                    } = *changed;
                    let edited = base.acknowledged(value, cart, events, request.record);
                    carts.remember(&edited.snapshot);
                    return Ok(edited);
                }
                Outcome::Overtaken { conflict, current } => {
                    // The first time it goes on at once with what is stored now. A pause would make
                    // that old, to be overtaken again: after one, it is looked at anew.
                    let goes_on = if is_overtaken {
                        patience.wait(carts).await
                    } else {
                        fresh = Some(current);
                        patience.is_left(carts)
                    };
                    if !goes_on {
                        return Err(conflict);
                    }
                    is_overtaken = true;
                }
            }
        }
    }

    /// Waits until no other edit of this cart is under way in this process.
    pub(super) async fn turn(&self) -> Result<Turn<'_>> {
        let shared = &self.carts().shared;
        let turn = shared.queue.enter(self.key());
        timeout(&*shared.clock, shared.policy.deadline, turn)
            .await
            .map_err(|elapsed| {
                Error::new(
                    ErrorKind::Busy,
                    "too many edits of this cart wait for each other: try again",
                )
                .with_retry_class(RetryClass::NotApplied)
                .with_source(elapsed)
            })
    }
}

/// What an edit makes of a cart.
enum Change<T> {
    Some(Box<Changed<T>>),
    /// Nothing that is worth a write.
    None(T),
}

/// A cart that an edit has changed, and the write of it.
struct Changed<T> {
    value: T,
    cart: Cart,
    events: Vec<Event>,
    request: SaveRequest,
}

impl<T> Change<T> {
    /// What `change` makes of the cart that `base` shows.
    fn of<F, E>(base: &CartSnapshot, change: &mut F, once: Option<&Once<'_, T>>) -> Result<Self>
    where
        F: FnMut(&mut Cart, &CartSnapshot) -> Result<T, E>,
        Error: From<E>,
    {
        check_at_home(base.stored())?;
        let ledger = base.ledger()?;
        if let Some(once) = once
            && once.key.is_done(&ledger)?
        {
            return Ok(Self::None((once.repeated)()));
        }
        let mut cart = base.cart()?.clone();
        let value = change(&mut cart, base)?;
        let events = cart.take_events();
        // The note of a key is worth a write, so that the call stays without effect later, too.
        let to_note = once.is_some() && base.exists();
        if cart == *base.cart()? && !to_note {
            return Ok(Self::None(value));
        }
        let request = base.request(&cart, ledger, once.map(|once| once.key))?;
        Ok(Self::Some(Box::new(Changed {
            value,
            cart,
            events,
            request,
        })))
    }
}
