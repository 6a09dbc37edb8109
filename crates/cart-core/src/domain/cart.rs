//! The cart: its items, conditions and metadata, and the edits that keep them consistent.

mod conditions;
mod lines;
mod metadata;

use super::claim::Claim;
use super::condition::Condition;
use super::conditions::Conditions;
use super::error::DomainError;
use super::event::Event;
use super::item::Item;
use super::items::Items;
use super::json_map::JsonMap;
use super::money::{Currency, same_currency};

/// A cart: items, conditions, metadata, and the claims that checkouts hold on it.
///
/// Every edit checks everything before it changes anything, and notes what changed as
/// [events](Event). Limits are not checked here but when the cart is written.
///
/// Two carts are equal when they hold the same; events don't count.
///
/// ```
/// use cart_core::{Cart, Condition, Currency, Money, NewItem, Pricing, Timestamp};
///
/// let usd = Currency::parse("USD")?;
/// let mut cart = Cart::new();
/// cart.add(NewItem::new("tea", "Green tea", Money::parse("4.99", usd)?).quantity(3))?;
/// cart.apply(Condition::discount("summer", "10%", usd)?)?;
///
/// let totals = cart.totals(&Pricing::at(Timestamp::from_millis(0)))?;
/// assert_eq!((totals.total, totals.savings), (1347, 150));
/// # Ok::<(), cart_core::DomainError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cart {
    pub(super) items: Items,
    pub(super) conditions: Conditions,
    pub(super) metadata: JsonMap,
    pub(super) claims: Vec<Claim>,
    pub(super) events: Vec<Event>,
}

impl PartialEq for Cart {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
            && self.conditions == other.conditions
            && self.metadata == other.metadata
            && self.claims == other.claims
    }
}

impl Eq for Cart {}

impl Cart {
    /// A cart that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cart of these parts, as a store kept them.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`] for parts in different currencies,
    /// [`DomainError::ConditionTarget`] for a condition that can't be on a cart.
    pub fn from_parts(
        items: Items,
        conditions: Conditions,
        metadata: JsonMap,
        claims: Vec<Claim>,
    ) -> Result<Self, DomainError> {
        check_together(&items, &conditions)?;
        Ok(Self {
            items,
            conditions,
            metadata,
            claims,
            events: Vec::new(),
        })
    }

    /// The lines.
    pub const fn items(&self) -> &Items {
        &self.items
    }

    /// The line of this item.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// The conditions on the cart as a whole.
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The metadata.
    pub const fn metadata(&self) -> &JsonMap {
        &self.metadata
    }

    /// The claims: those that are open, and the last that were closed.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the cart holds nothing at all: no item, no condition, no metadata.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.conditions.is_empty() && self.metadata.is_empty()
    }

    /// The sum of all quantities.
    pub const fn quantity(&self) -> u64 {
        self.items.quantity()
    }

    /// The currency of everything in the cart; none while nothing in it names one.
    pub fn currency(&self) -> Option<Currency> {
        currency_of(&self.items, &self.conditions)
    }

    /// Takes the events of the edits since the last call, oldest first.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Removes all items, conditions and metadata. Claims stay.
    pub fn clear(&mut self) {
        if self.is_empty() {
            return;
        }
        self.items = Items::new();
        self.conditions = Conditions::new();
        self.metadata = JsonMap::new();
        self.events.push(Event::CartCleared);
    }

    /// Replaces all items.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`] with each other or with the conditions.
    pub fn put_items(&mut self, items: Items) -> Result<(), DomainError> {
        self.put_both(items, self.conditions.clone())
    }

    /// Replaces all conditions on the cart.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`], [`DomainError::ConditionTarget`].
    pub fn put_conditions(&mut self, conditions: Conditions) -> Result<(), DomainError> {
        self.put_both(self.items.clone(), conditions)
    }

    /// Replaces all items and all conditions on the cart.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`], [`DomainError::ConditionTarget`].
    pub fn put_both(&mut self, items: Items, conditions: Conditions) -> Result<(), DomainError> {
        check_together(&items, &conditions)?;
        let old_items = std::mem::replace(&mut self.items, items);
        let old_conditions = std::mem::replace(&mut self.conditions, conditions);
        let gone = old_items
            .iter()
            .filter(|item| self.items.get(item.id()).is_none());
        self.events
            .extend(gone.map(|item| Event::ItemRemoved { item: item.clone() }));
        let changed = self
            .items
            .iter()
            .filter_map(|item| line_event(old_items.get(item.id()), item));
        self.events.extend(changed);
        let gone = old_conditions
            .iter()
            .filter(|old| self.conditions.get(old.name()).is_none());
        self.events.extend(gone.map(|old| Event::ConditionRemoved {
            condition: old.clone(),
        }));
        let new = self
            .conditions
            .iter()
            .filter(|new| old_conditions.get(new.name()) != Some(new));
        self.events.extend(new.map(|new| Event::ConditionAdded {
            condition: new.clone(),
        }));
        Ok(())
    }
}

fn line_event(before: Option<&Item>, after: &Item) -> Option<Event> {
    match before {
        None => Some(Event::ItemAdded {
            item: after.clone(),
        }),
        Some(before) if before == after => None,
        Some(before) => Some(Event::ItemUpdated {
            before: Box::new(before.clone()),
            after: Box::new(after.clone()),
        }),
    }
}

fn currency_of(items: &Items, conditions: &Conditions) -> Option<Currency> {
    let of_items = items.iter().map(|item| item.price().currency());
    of_items
        .chain(conditions.iter().flat_map(Condition::currencies))
        .next()
}

fn check_condition_currency(
    cart: Option<Currency>,
    condition: &Condition,
) -> Result<(), DomainError> {
    let Some(cart) = cart else {
        return Ok(());
    };
    condition
        .currencies()
        .into_iter()
        .try_for_each(|given| same_currency(cart, given))
}

/// Every rule between the parts of a cart.
fn check_together(items: &Items, conditions: &Conditions) -> Result<(), DomainError> {
    conditions.iter().try_for_each(Condition::check_on_cart)?;
    let Some(currency) = currency_of(items, conditions) else {
        return Ok(());
    };
    items
        .iter()
        .try_for_each(|item| item.check_currency(currency))?;
    conditions
        .iter()
        .try_for_each(|condition| check_condition_currency(Some(currency), condition))
}
