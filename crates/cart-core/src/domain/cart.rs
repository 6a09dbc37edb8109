//! The cart: its items, conditions and metadata, and the edits that keep them consistent.

use super::checkout::Claim;
use super::condition::Condition;
use super::conditions::Conditions;
use super::error::{DomainError, shortened};
use super::event::Event;
use super::item::{Item, ItemUpdate, NewItem};
use super::items::Items;
use super::json::Json;
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

    /// Adds an item and returns the line as it is then. On a known id the quantity is added; name,
    /// price and attributes take the new values; the line's position stays, and so do its
    /// conditions, unless the new item has some.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidName`], [`DomainError::InvalidPrice`],
    /// [`DomainError::InvalidQuantity`], [`DomainError::ConditionTarget`],
    /// [`DomainError::CurrencyMismatch`], [`DomainError::Overflow`].
    pub fn add(&mut self, item: NewItem) -> Result<Item, DomainError> {
        let mut items = self.items.clone();
        let (line, event) = add_to(&mut items, self.currency(), item)?;
        self.items = items;
        self.events.push(event);
        Ok(line)
    }

    /// Adds all of these items, one after the other, or none. Returns each line as it was after
    /// its own turn.
    ///
    /// # Errors
    ///
    /// As [`Cart::add`], for the first item that is refused.
    pub fn add_all(&mut self, new: Vec<NewItem>) -> Result<Vec<Item>, DomainError> {
        let mut items = self.items.clone();
        let mut currency = self.currency();
        let mut lines = Vec::with_capacity(new.len());
        let mut events = Vec::with_capacity(new.len());
        for item in new {
            let (line, event) = add_to(&mut items, currency, item)?;
            currency = currency.or(Some(line.price().currency()));
            lines.push(line);
            events.push(event);
        }
        self.items = items;
        self.events.append(&mut events);
        Ok(lines)
    }

    /// Changes a line and returns it: as it is now, or, when no unit is left and the line is
    /// removed, as it was. None when the cart has no such line.
    ///
    /// # Errors
    ///
    /// As [`Cart::add`].
    pub fn update(&mut self, id: &str, update: ItemUpdate) -> Result<Option<Item>, DomainError> {
        let Some(before) = self.items.get(id) else {
            return Ok(None);
        };
        match before.updated(update)? {
            None => Ok(self.remove(id)),
            Some(after) => self.put_line(after).map(Some),
        }
    }

    /// Removes a line and returns it as it was; none when the cart has no such line.
    pub fn remove(&mut self, id: &str) -> Option<Item> {
        let item = self.items.remove(id)?;
        self.events.push(Event::ItemRemoved { item: item.clone() });
        Some(item)
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

    /// Puts a condition on the cart and returns those whose place it takes: the one of the same
    /// name, and other shipping.
    ///
    /// # Errors
    ///
    /// [`DomainError::ConditionTarget`], [`DomainError::CurrencyMismatch`].
    pub fn apply(&mut self, condition: Condition) -> Result<Vec<Condition>, DomainError> {
        condition.check_on_cart()?;
        check_condition_currency(self.currency(), &condition)?;
        let replaced = self.conditions.insert(condition.clone());
        let others = replaced.iter().filter(|old| old.name() != condition.name());
        self.events
            .extend(others.map(|old| Event::ConditionRemoved {
                condition: old.clone(),
            }));
        if !replaced.contains(&condition) {
            self.events.push(Event::ConditionAdded { condition });
        }
        Ok(replaced)
    }

    /// Takes a condition off the cart and returns it; none when there is none of this name.
    pub fn remove_condition(&mut self, name: &str) -> Option<Condition> {
        let condition = self.conditions.remove(name)?;
        self.events.push(Event::ConditionRemoved {
            condition: condition.clone(),
        });
        Some(condition)
    }

    /// Puts a condition on a line and returns the one of the same name whose place it takes.
    ///
    /// # Errors
    ///
    /// [`DomainError::UnknownItem`], [`DomainError::ConditionTarget`],
    /// [`DomainError::CurrencyMismatch`].
    pub fn apply_to_item(
        &mut self,
        id: &str,
        condition: Condition,
    ) -> Result<Option<Condition>, DomainError> {
        let Some(line) = self.items.get(id) else {
            return Err(DomainError::UnknownItem {
                item_id: shortened(id),
            });
        };
        let mut conditions = line.conditions().clone();
        let replaced = conditions.insert(condition.clone()).pop();
        let line = line.clone().with_conditions(conditions)?;
        self.items.put(line)?;
        if replaced.as_ref() != Some(&condition) {
            self.events.push(Event::ItemConditionAdded {
                item_id: id.to_owned(),
                condition,
            });
        }
        Ok(replaced)
    }

    /// Takes a condition off a line and returns it; none when there is no such line or condition.
    pub fn remove_item_condition(&mut self, id: &str, name: &str) -> Option<Condition> {
        let condition = self.items.get_mut(id)?.remove_condition(name)?;
        self.events.push(Event::ItemConditionRemoved {
            item_id: id.to_owned(),
            condition: condition.clone(),
        });
        Some(condition)
    }

    /// Sets one key of the metadata and returns what it was; `null` removes the key.
    pub fn set_metadata(&mut self, key: impl Into<String>, value: Json) -> Option<Json> {
        let key = key.into();
        if value.is_null() {
            let before = self.metadata.remove(&key)?;
            self.events.push(Event::MetadataRemoved { key });
            return Some(before);
        }
        let before = self.metadata.insert(key.clone(), value.clone());
        if before.as_ref() != Some(&value) {
            self.events.push(Event::MetadataSet { key, value });
        }
        before
    }

    /// Sets these keys of the metadata; one that is `null` is removed. The others stay.
    pub fn merge_metadata(&mut self, changes: JsonMap) {
        for (key, value) in changes {
            self.set_metadata(key, value);
        }
    }

    /// Replaces all metadata.
    pub fn replace_metadata(&mut self, metadata: JsonMap) {
        let metadata = metadata.without_nulls();
        let old = std::mem::replace(&mut self.metadata, metadata);
        let gone = old
            .iter()
            .filter(|(key, _)| self.metadata.get(key).is_none());
        self.events
            .extend(gone.map(|(key, _)| Event::MetadataRemoved {
                key: key.to_owned(),
            }));
        let new = self
            .metadata
            .iter()
            .filter(|(key, value)| old.get(key) != Some(value));
        self.events
            .extend(new.map(|(key, value)| Event::MetadataSet {
                key: key.to_owned(),
                value: value.clone(),
            }));
    }

    /// Removes all metadata.
    pub fn clear_metadata(&mut self) {
        if !self.metadata.is_empty() {
            self.metadata = JsonMap::new();
            self.events.push(Event::MetadataCleared);
        }
    }

    /// Sets a line that the cart has, and returns it.
    pub(super) fn put_line(&mut self, after: Item) -> Result<Item, DomainError> {
        if let Some(currency) = self.currency() {
            after.check_currency(currency)?;
        }
        let before = self.items.get(after.id()).cloned();
        self.items.put(after.clone())?;
        self.events.extend(line_event(before.as_ref(), &after));
        Ok(after)
    }
}

fn add_to(
    items: &mut Items,
    currency: Option<Currency>,
    new: NewItem,
) -> Result<(Item, Event), DomainError> {
    let item = Item::try_from(new)?;
    item.check_currency(currency.unwrap_or_else(|| item.price().currency()))?;
    let before = items.get(item.id()).cloned();
    let after = items.add_item(item)?.clone();
    let event = match before {
        None => Event::ItemAdded {
            item: after.clone(),
        },
        Some(before) => Event::ItemUpdated {
            before,
            after: after.clone(),
        },
    };
    Ok((after, event))
}

fn line_event(before: Option<&Item>, after: &Item) -> Option<Event> {
    match before {
        None => Some(Event::ItemAdded {
            item: after.clone(),
        }),
        Some(before) if before == after => None,
        Some(before) => Some(Event::ItemUpdated {
            before: before.clone(),
            after: after.clone(),
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
