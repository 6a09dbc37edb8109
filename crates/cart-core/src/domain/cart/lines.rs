//! Edits of the lines.

use super::{Cart, line_event};
use crate::domain::error::DomainError;
use crate::domain::event::Event;
use crate::domain::item::{Item, NewItem};
use crate::domain::item_update::ItemUpdate;
use crate::domain::items::Items;
use crate::domain::money::Currency;

impl Cart {
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
        self.events.extend(event);
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
            events.extend(event);
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

    /// Sets a line that the cart has, and returns it.
    pub(in crate::domain) fn put_line(&mut self, after: Item) -> Result<Item, DomainError> {
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
) -> Result<(Item, Option<Event>), DomainError> {
    let item = Item::try_from(new)?;
    item.check_currency(currency.unwrap_or_else(|| item.price().currency()))?;
    let before = items.get(item.id()).cloned();
    let after = items.add_item(item)?.clone();
    let event = line_event(before.as_ref(), &after);
    Ok((after, event))
}
