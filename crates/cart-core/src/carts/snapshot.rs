//! A cart as it was when it was loaded.

use std::sync::OnceLock;
use std::time::Duration;

use super::Carts;
use super::edited::Edited;
use super::idempotency::IdempotencyKey;
use super::write::{Draft, Outcome, Patience, Write, check_at_home, expectation, framed};
use crate::codec::{
    Ledger, decode_cart, decode_conditions, decode_items, decode_ledger, decode_metadata,
};
use crate::domain::{Cart, Conditions, DomainError, Event, Items, JsonMap, Summary, Totals};
use crate::storage::{CartKey, CartRecord, Operation, Result, SaveRequest, Stored, Version};

/// A cart as it was when it was loaded, with the version that it had then.
///
/// Nothing is decoded before it is asked for, and each part once. [`CartSnapshot::edit`] changes
/// the snapshot alone; [`CartSnapshot::save`] writes it if nobody has written since: for callers
/// who want to see a conflict. All others use the edits of [`CartHandle`](super::CartHandle).
#[derive(Clone, Debug)]
pub struct CartSnapshot {
    carts: Carts,
    key: CartKey,
    stored: Stored,
    items: OnceLock<Items>,
    conditions: OnceLock<Conditions>,
    metadata: OnceLock<JsonMap>,
    cart: OnceLock<Cart>,
    edited: Option<Cart>,
}

impl CartSnapshot {
    pub(super) fn new(carts: Carts, key: CartKey, stored: Stored) -> Self {
        Self {
            carts,
            key,
            stored,
            items: OnceLock::new(),
            conditions: OnceLock::new(),
            metadata: OnceLock::new(),
            cart: OnceLock::new(),
            edited: None,
        }
    }

    /// A snapshot of what was just written.
    pub(super) fn written(carts: Carts, key: CartKey, stored: Stored, cart: Cart) -> Self {
        let snapshot = Self::new(carts, key, stored);
        Self {
            cart: OnceLock::from(cart),
            ..snapshot
        }
    }

    /// The carts that it is one of.
    pub(super) fn carts(&self) -> &Carts {
        &self.carts
    }

    /// Which cart it is.
    pub fn key(&self) -> &CartKey {
        &self.key
    }

    /// Whether a cart was stored, be it an empty one.
    pub fn exists(&self) -> bool {
        matches!(self.stored, Stored::Live(_))
    }

    /// The version of the cart; `None` when there was none.
    pub fn version(&self) -> Option<Version> {
        match &self.stored {
            Stored::Live(record) => Some(record.header.version),
            Stored::Missing | Stored::Tombstone(_) => None,
        }
    }

    /// What was stored, as the store gave it.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// The cart in a few numbers, as of its last write. Decodes nothing.
    pub fn summary(&self) -> Summary {
        match &self.stored {
            Stored::Live(record) => record.header.summary,
            Stored::Missing | Stored::Tombstone(_) => Summary::default(),
        }
    }

    /// The items; of the edited cart after [`CartSnapshot::edit`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) or
    /// [`ErrorKind::NewerFormat`](crate::ErrorKind::NewerFormat) when the items can't be read.
    pub fn items(&self) -> Result<&Items> {
        match &self.edited {
            Some(cart) => Ok(cart.items()),
            None => self.decoded(&self.items, decode_items),
        }
    }

    /// The conditions; of the edited cart after [`CartSnapshot::edit`].
    ///
    /// # Errors
    ///
    /// As [`CartSnapshot::items`].
    pub fn conditions(&self) -> Result<&Conditions> {
        match &self.edited {
            Some(cart) => Ok(cart.conditions()),
            None => self.decoded(&self.conditions, decode_conditions),
        }
    }

    /// The metadata; of the edited cart after [`CartSnapshot::edit`].
    ///
    /// # Errors
    ///
    /// As [`CartSnapshot::items`].
    pub fn metadata(&self) -> Result<&JsonMap> {
        match &self.edited {
            Some(cart) => Ok(cart.metadata()),
            None => self.decoded(&self.metadata, decode_metadata),
        }
    }

    /// The whole cart, with the edits made to this snapshot.
    ///
    /// # Errors
    ///
    /// As [`CartSnapshot::items`].
    pub fn cart(&self) -> Result<&Cart> {
        match &self.edited {
            Some(cart) => Ok(cart),
            None => self.decoded(&self.cart, decode_cart),
        }
    }

    fn decoded<'a, T: Default>(
        &self,
        cell: &'a OnceLock<T>,
        decode: fn(&CartRecord) -> Result<T>,
    ) -> Result<&'a T> {
        if let Some(decoded) = cell.get() {
            return Ok(decoded);
        }
        let decoded = match &self.stored {
            Stored::Live(record) => decode(record).map_err(|error| {
                error
                    .during(Operation::Load)
                    .in_store(&self.carts.info().name)
            })?,
            Stored::Missing | Stored::Tombstone(_) => T::default(),
        };
        Ok(cell.get_or_init(|| decoded))
    }

    /// What the cart amounts to now.
    ///
    /// # Errors
    ///
    /// As [`CartSnapshot::items`]; [`ErrorKind::Domain`](crate::ErrorKind::Domain) when an amount
    /// can't be told.
    pub fn totals(&self) -> Result<Totals> {
        Ok(self.cart()?.totals(&self.carts.pricing())?)
    }

    /// The cart in a few numbers, from the stored summary while that is younger than `age`, else
    /// computed: rules about time may have changed the total since the last write.
    ///
    /// # Errors
    ///
    /// As [`CartSnapshot::totals`].
    pub fn totals_within(&self, age: Duration) -> Result<Summary> {
        let pricing = self.carts.pricing();
        match &self.stored {
            Stored::Live(record)
                if self.edited.is_none() && pricing.now.since(record.header.updated_at) < age =>
            {
                Ok(record.header.summary)
            }
            _ => Ok(self.cart()?.summary(&pricing)?),
        }
    }

    /// Changes this snapshot, and nothing else.
    ///
    /// # Errors
    ///
    /// What `change` answers, as [`ErrorKind::Domain`](crate::ErrorKind::Domain): the snapshot is
    /// then as it was. As [`CartSnapshot::items`].
    pub fn edit<T>(
        &mut self,
        change: impl FnOnce(&mut Cart) -> Result<T, DomainError>,
    ) -> Result<T> {
        let mut cart = self.cart()?.clone();
        let value = change(&mut cart)?;
        self.edited = Some(cart);
        Ok(value)
    }

    /// Writes the edited snapshot, if nobody has written since it was loaded. A snapshot that
    /// shows what it showed before its edits writes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict), with the current cart attached, when
    /// somebody has; [`ErrorKind::Domain`](crate::ErrorKind::Domain) over a limit; what the store
    /// answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the write is made wholly or not at all.
    pub async fn save(self) -> Result<Edited<()>> {
        let carts = self.carts.clone();
        self.save_edited()
            .await
            .map_err(|error| carts.failed(error))
    }

    async fn save_edited(self) -> Result<Edited<()>> {
        let Some(mut cart) = self.edited.clone() else {
            return Ok(Edited::unchanged((), self));
        };
        if cart == *self.decoded(&self.cart, decode_cart)? {
            return Ok(Edited::unchanged((), self));
        }
        let events = cart.take_events();
        check_at_home(&self.stored)?;
        let request = self.request(&cart, self.ledger()?, None)?;
        let mut patience = Patience::new(&self.carts);
        match self
            .carts
            .commit(Write::Save(&request), None, &mut patience)
            .await?
        {
            Outcome::Written => Ok(self.acknowledged((), cart, events, request.record)),
            Outcome::Overtaken { conflict, .. } => Err(conflict),
        }
    }

    /// The notes in the stored record.
    pub(super) fn ledger(&self) -> Result<Ledger> {
        match &self.stored {
            Stored::Live(record) => decode_ledger(&record.header),
            Stored::Missing | Stored::Tombstone(_) => Ok(Ledger::default()),
        }
    }

    /// The record of `cart`, which follows what this snapshot shows.
    pub(super) fn next_record(
        &self,
        cart: &Cart,
        ledger: Ledger,
        version: Version,
        once: Option<&IdempotencyKey>,
    ) -> Result<CartRecord> {
        let base_cart = match &self.stored {
            Stored::Live(_) => Some(self.decoded(&self.cart, decode_cart)?),
            Stored::Missing | Stored::Tombstone(_) => None,
        };
        self.carts.record(Draft {
            key: &self.key,
            cart,
            ledger,
            version,
            once,
            base: &self.stored,
            base_cart,
        })
    }

    /// The request that writes `cart` over what this snapshot shows.
    pub(super) fn request(
        &self,
        cart: &Cart,
        ledger: Ledger,
        once: Option<&IdempotencyKey>,
    ) -> Result<SaveRequest> {
        let version = self.carts.version_after(&[&self.stored])?;
        let record = self.next_record(cart, ledger, version, once)?;
        Ok(SaveRequest::new(
            self.key.clone(),
            record,
            expectation(&self.stored),
        ))
    }

    /// The events of the write of `record` over this snapshot.
    pub(super) fn framed(&self, events: Vec<Event>, record: &CartRecord) -> Vec<Event> {
        framed(events, &self.stored, record)
    }

    /// The answer to an acknowledged write, after the observers have heard of it.
    pub(super) fn acknowledged<T>(
        self,
        value: T,
        cart: Cart,
        events: Vec<Event>,
        record: CartRecord,
    ) -> Edited<T> {
        let events = self.framed(events, &record);
        self.carts.announce(&self.key, &record.header, &events);
        let snapshot = Self::written(self.carts, self.key, Stored::Live(record), cart);
        Edited {
            value,
            events,
            snapshot,
        }
    }
}
