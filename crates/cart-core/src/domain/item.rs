//! One line of a cart, and the ways to add and to change it.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::condition::Condition;
use super::conditions::Conditions;
use super::error::{DomainError, Field, check_name};
use super::fields::{object, required};
use super::item_update::{ItemUpdate, QuantityChange};
use super::json::Json;
use super::json_map::JsonMap;
use super::money::{Currency, Money, overflow, same_currency};

/// The product in the application's catalogue that an item stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRef {
    /// What sort of product it is, for example a table or a type.
    pub kind: String,
    /// Which one of that sort.
    pub id: String,
}

/// One line of a cart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ItemParts")]
pub struct Item {
    id: String,
    name: String,
    price: Money,
    quantity: u64,
    attributes: JsonMap,
    conditions: Conditions,
    product: Option<ProductRef>,
    unknown: JsonMap,
}

impl Item {
    /// The id: unique in its cart.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name that is shown to the shopper.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The price of one unit, before conditions.
    pub const fn price(&self) -> Money {
        self.price
    }

    /// How many units; at least one.
    pub const fn quantity(&self) -> u64 {
        self.quantity
    }

    /// The attributes.
    pub const fn attributes(&self) -> &JsonMap {
        &self.attributes
    }

    /// The conditions on this line.
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The product that it stands for.
    pub const fn product(&self) -> Option<&ProductRef> {
        self.product.as_ref()
    }

    /// Refuses another currency in the price or in a condition.
    pub(super) fn check_currency(&self, cart: Currency) -> Result<(), DomainError> {
        same_currency(cart, self.price.currency())?;
        self.conditions
            .iter()
            .flat_map(Condition::currencies)
            .try_for_each(|given| same_currency(cart, given))
    }

    /// The line after `added` was put on top of it. Its conditions stay unless new ones came.
    pub(super) fn with_added(&self, added: Self) -> Result<Self, DomainError> {
        let quantity = self.quantity.checked_add(added.quantity);
        let conditions = if added.conditions.is_empty() {
            &self.conditions
        } else {
            &added.conditions
        };
        Self {
            quantity: quantity.ok_or_else(|| overflow("quantity"))?,
            conditions: conditions.clone(),
            product: added.product.or_else(|| self.product.clone()),
            unknown: self.unknown.clone(),
            ..added
        }
        .checked()
    }

    /// The line after `update`; none when that leaves no unit.
    pub(super) fn updated(&self, update: ItemUpdate) -> Result<Option<Self>, DomainError> {
        let quantity = match update.quantity {
            None => self.quantity.into(),
            Some(QuantityChange::By(change)) => i128::from(self.quantity) + i128::from(change),
            Some(QuantityChange::To(quantity)) => quantity.into(),
        };
        let mut attributes = update.replaced.unwrap_or_else(|| self.attributes.clone());
        attributes.merge(update.merged);
        let updated = Self {
            name: update.name.unwrap_or_else(|| self.name.clone()),
            price: update.price.unwrap_or(self.price),
            quantity: u64::try_from(quantity.max(1)).map_err(|_| overflow("quantity"))?,
            attributes,
            ..self.clone()
        }
        .checked()?;
        Ok((quantity > 0).then_some(updated))
    }

    /// This line with what `other` has and it has not: conditions by name, and the product.
    pub(super) fn adopting(&self, other: &Self) -> Self {
        let mut line = self.clone();
        line.conditions.adopt(&other.conditions);
        line.product = line.product.or_else(|| other.product.clone());
        line
    }

    /// The same line with another quantity, which must be at least one.
    pub(super) fn with_quantity(mut self, quantity: u64) -> Result<Self, DomainError> {
        self.quantity = quantity;
        self.checked()
    }

    /// The same line with these conditions in the place of those it had.
    pub(super) fn with_conditions(mut self, conditions: Conditions) -> Result<Self, DomainError> {
        self.conditions = conditions;
        self.checked()
    }

    /// Takes a condition off the line.
    pub(super) fn remove_condition(&mut self, name: &str) -> Option<Condition> {
        self.conditions.remove(name)
    }

    /// Every rule that a line obeys by itself, wherever it comes from.
    fn checked(self) -> Result<Self, DomainError> {
        check_name(Field::ItemId, &self.id)?;
        check_name(Field::ItemName, &self.name)?;
        if self.price.amount() < 0 {
            let text = self.price.amount().to_string();
            return Err(DomainError::InvalidPrice {
                text,
                reason: "it is below zero",
            });
        }
        if self.quantity == 0 {
            let text = self.quantity.to_string();
            return Err(DomainError::InvalidQuantity {
                text,
                reason: "it must be at least 1",
            });
        }
        // Databases and other languages count in signed 64 bits.
        i64::try_from(self.quantity).map_err(|_| overflow("quantity"))?;
        self.conditions
            .iter()
            .try_for_each(Condition::check_on_line)?;
        self.check_currency(self.price.currency())?;
        Ok(self)
    }
}

object! {
    /// What an item is read from.
    ItemParts {
        id: String,
        name: String,
        price: Money,
        quantity: u64,
        attributes: JsonMap,
        conditions: Conditions,
        product: Option<ProductRef>,
    }
}

impl TryFrom<ItemParts> for Item {
    type Error = DomainError;

    fn try_from(parts: ItemParts) -> Result<Self, DomainError> {
        Self {
            id: required(parts.id, "id")?,
            name: required(parts.name, "name")?,
            price: required(parts.price, "price")?,
            quantity: required(parts.quantity, "quantity")?,
            attributes: parts.attributes.unwrap_or_default(),
            conditions: parts.conditions.unwrap_or_default(),
            product: parts.product.flatten(),
            unknown: parts.unknown,
        }
        .checked()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("price", &self.price)?;
        map.serialize_entry("quantity", &self.quantity)?;
        if !self.attributes.is_empty() {
            map.serialize_entry("attributes", &self.attributes)?;
        }
        if !self.conditions.is_empty() {
            map.serialize_entry("conditions", &self.conditions)?;
        }
        if let Some(product) = &self.product {
            map.serialize_entry("product", product)?;
        }
        self.unknown
            .iter()
            .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

/// An item that is to be added to a cart: one unit unless told otherwise.
///
/// It is checked when it is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem(Item);

impl NewItem {
    /// One unit of an item at a price per unit.
    pub fn new(id: impl Into<String>, name: impl Into<String>, price: Money) -> Self {
        Self(Item {
            id: id.into(),
            name: name.into(),
            price,
            quantity: 1,
            attributes: JsonMap::new(),
            conditions: Conditions::new(),
            product: None,
            unknown: JsonMap::new(),
        })
    }

    /// So many units.
    #[must_use]
    pub const fn quantity(mut self, quantity: u64) -> Self {
        self.0.quantity = quantity;
        self
    }

    /// With this attribute.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: Json) -> Self {
        self.0.attributes.insert(key, value);
        self
    }

    /// With a condition on the line.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.0.conditions.insert(condition);
        self
    }

    /// For this product of the application's catalogue.
    #[must_use]
    pub fn product(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        self.0.product = Some(ProductRef {
            kind: kind.into(),
            id: id.into(),
        });
        self
    }
}

impl TryFrom<NewItem> for Item {
    type Error = DomainError;

    fn try_from(new: NewItem) -> Result<Self, DomainError> {
        Self {
            attributes: new.0.attributes.without_nulls(),
            ..new.0
        }
        .checked()
    }
}
