//! How a line changes.

use std::fmt;
use std::str::FromStr;

use super::error::{DomainError, shortened};
use super::json::Json;
use super::json_map::JsonMap;
use super::money::{Money, all_digits, overflow};

/// How a quantity changes. The two ways can't be confused: `+2` and `-1` are relative, `=5` is
/// absolute, and a bare `5` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityChange {
    /// So many more, or less when negative.
    By(i64),
    /// Exactly so many.
    To(u64),
}

impl FromStr for QuantityChange {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let refused = |reason| DomainError::InvalidQuantity {
            text: shortened(text),
            reason,
        };
        let digits = text
            .strip_prefix(['+', '-', '='])
            .filter(|digits| !digits.is_empty() && all_digits(digits));
        let Some(digits) = digits else {
            return Err(refused("write +2 or -1 to change it, =5 to set it"));
        };
        let parsed = if text.starts_with('=') {
            digits.parse().map(Self::To)
        } else {
            text.parse().map(Self::By)
        };
        parsed.map_err(|_| overflow("quantity"))
    }
}

impl fmt::Display for QuantityChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(change) => write!(formatter, "{change:+}"),
            Self::To(quantity) => write!(formatter, "={quantity}"),
        }
    }
}

/// What shall change on a line. What isn't mentioned stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemUpdate {
    pub(super) quantity: Option<QuantityChange>,
    pub(super) name: Option<String>,
    pub(super) price: Option<Money>,
    pub(super) replaced: Option<JsonMap>,
    pub(super) merged: JsonMap,
}

impl ItemUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the quantity. A result of zero or less removes the line.
    #[must_use]
    pub const fn quantity(mut self, change: QuantityChange) -> Self {
        self.quantity = Some(change);
        self
    }

    /// Changes the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Changes the price of one unit.
    #[must_use]
    pub const fn price(mut self, price: Money) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets one attribute; `null` removes it.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: Json) -> Self {
        self.merged.insert(key, value);
        self
    }

    /// Sets these attributes; one that is `null` is removed. The others stay.
    #[must_use]
    pub fn merge_attributes(mut self, attributes: JsonMap) -> Self {
        attributes.into_iter().for_each(|(key, value)| {
            self.merged.insert(key, value);
        });
        self
    }

    /// Removes all attributes and sets these. Attributes that are merged come on top.
    #[must_use]
    pub fn replace_attributes(mut self, attributes: JsonMap) -> Self {
        self.replaced = Some(attributes.without_nulls());
        self
    }
}
