//! How large a cart may become.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::condition::Condition;
use super::error::DomainError;
use super::item::Item;

/// One of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// The bytes of the encoded cart.
    EncodedBytes,
    /// The lines of a cart.
    Lines,
    /// The characters of an id or a name.
    NameLength,
    /// The units of one line.
    UnitsPerLine,
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::EncodedBytes => "bytes of the encoded cart",
            Self::Lines => "lines of the cart",
            Self::NameLength => "characters of an id or a name",
            Self::UnitsPerLine => "units of one line",
        })
    }
}

/// How large a cart may become. Checked on write only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The most lines.
    pub lines: u64,
    /// The most bytes that an encoded cart takes.
    pub encoded_bytes: u64,
    /// The most units of one line.
    pub units_per_line: u64,
    /// The most characters of an item's id and name and of a condition's name.
    pub name_length: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lines: 1_000,
            encoded_bytes: 1 << 20,
            units_per_line: 10_000,
            name_length: 255,
        }
    }
}

/// How large a cart is, in the terms of [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measure {
    /// The lines.
    pub lines: u64,
    /// The bytes of the encoded cart.
    pub encoded_bytes: u64,
    /// The most units that a line has.
    pub units_per_line: u64,
    /// The characters of the longest id or name.
    pub name_length: u64,
}

impl Measure {
    /// The size of `cart`, which takes `encoded_bytes` bytes when it is encoded.
    pub fn of(cart: &Cart, encoded_bytes: u64) -> Self {
        let item_names = cart
            .items()
            .iter()
            .flat_map(|item| [item.id(), item.name()]);
        let line_conditions = cart
            .items()
            .iter()
            .flat_map(|item| item.conditions().iter());
        let condition_names = cart
            .conditions()
            .iter()
            .chain(line_conditions)
            .map(Condition::name);
        Self {
            lines: cart.len() as u64,
            encoded_bytes,
            units_per_line: cart.items().iter().map(Item::quantity).max().unwrap_or(0),
            name_length: item_names
                .chain(condition_names)
                .map(characters)
                .max()
                .unwrap_or(0),
        }
    }
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

impl Limits {
    /// Checks a write. One that is over a limit is refused, unless it is no larger there than what
    /// is `stored`: so a cart that breaks a limit which was lowered can still be shrunk.
    ///
    /// # Errors
    ///
    /// [`DomainError::LimitExceeded`] with the first limit that is exceeded.
    pub fn check(&self, stored: Option<&Measure>, written: &Measure) -> Result<(), DomainError> {
        let stored = stored.copied().unwrap_or_default();
        let limits = [
            (Limit::Lines, self.lines, stored.lines, written.lines),
            (
                Limit::UnitsPerLine,
                self.units_per_line,
                stored.units_per_line,
                written.units_per_line,
            ),
            (
                Limit::NameLength,
                self.name_length,
                stored.name_length,
                written.name_length,
            ),
            (
                Limit::EncodedBytes,
                self.encoded_bytes,
                stored.encoded_bytes,
                written.encoded_bytes,
            ),
        ];
        for (limit, allowed, stored, given) in limits {
            if given > allowed && given > stored {
                return Err(DomainError::LimitExceeded {
                    limit,
                    allowed,
                    given,
                });
            }
        }
        Ok(())
    }
}
