//! The lines of a cart.

use std::fmt;

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{DomainError, shortened};
use super::item::{Item, NewItem};
use super::money::overflow;

/// Items in the order in which they were added, unique by id.
#[derive(Clone, Default)]
pub struct Items {
    lines: IndexMap<String, Item>,
    quantity: u64,
}

impl Items {
    /// No items.
    pub fn new() -> Self {
        Self::default()
    }

    /// The item of this id.
    pub fn get(&self, id: &str) -> Option<&Item> {
        self.lines.get(id)
    }

    /// The items, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.lines.values()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The sum of all quantities.
    pub const fn quantity(&self) -> u64 {
        self.quantity
    }

    /// Adds an item and returns the line as it is then. On a known id the quantity is added; name,
    /// price and attributes take the new values, the line's position stays, and its conditions
    /// stay unless the new item has some.
    ///
    /// # Errors
    ///
    /// What is wrong with the item, a condition that can't be on a line, [`DomainError::Overflow`]
    /// for quantities. Nothing is changed then.
    pub fn add(&mut self, item: NewItem) -> Result<&Item, DomainError> {
        self.add_item(Item::try_from(item)?)
    }

    /// What [`Items::add`] does, for an item that was checked.
    pub(super) fn add_item(&mut self, added: Item) -> Result<&Item, DomainError> {
        let line = match self.get(added.id()) {
            None => added,
            Some(known) => known.with_added(added)?,
        };
        self.put(line)
    }

    /// Sets a line: in the place of the one with its id, or last.
    pub(super) fn put(&mut self, item: Item) -> Result<&Item, DomainError> {
        let before = self.get(item.id()).map_or(0, Item::quantity);
        let quantity = (self.quantity - before)
            .checked_add(item.quantity())
            .filter(|quantity| i64::try_from(*quantity).is_ok())
            .ok_or_else(|| overflow("quantity"))?;
        self.quantity = quantity;
        let entry = self.lines.entry(item.id().to_owned()).insert_entry(item);
        Ok(entry.into_mut())
    }

    /// A line whose conditions may be changed.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.lines.get_mut(id)
    }

    /// Removes and returns the line of this id. The order of the others stays.
    pub(super) fn remove(&mut self, id: &str) -> Option<Item> {
        let removed = self.lines.shift_remove(id)?;
        self.quantity -= removed.quantity();
        Some(removed)
    }
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Items {}

impl fmt::Debug for Items {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Items {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut items = Self::new();
        for item in Vec::<Item>::deserialize(deserializer)? {
            if items.get(item.id()).is_some() {
                let key = shortened(item.id());
                return Err(D::Error::custom(DomainError::Duplicate {
                    what: "item",
                    key,
                }));
            }
            items.put(item).map_err(D::Error::custom)?;
        }
        Ok(items)
    }
}
