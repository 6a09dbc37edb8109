//! What a condition is for, and which amount it changes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a condition is for. It names the condition to people; the adjustment decides what it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConditionKind {
    /// A surcharge.
    Charge,
    /// A kind of the application's own.
    Custom(String),
    /// A price reduction.
    Discount,
    /// A fee.
    Fee,
    /// The cost of delivery.
    Shipping,
    /// A tax.
    Tax,
}

impl ConditionKind {
    /// The kind that a text names; a text that names none is a custom kind.
    pub fn from_text(text: &str) -> Self {
        match text {
            "charge" => Self::Charge,
            "discount" => Self::Discount,
            "fee" => Self::Fee,
            "shipping" => Self::Shipping,
            "tax" => Self::Tax,
            custom => Self::Custom(custom.to_owned()),
        }
    }

    /// The same kind; one that is custom but is called like a known one becomes the known one.
    pub(super) fn normalised(self) -> Self {
        match self {
            Self::Custom(text) => Self::from_text(&text),
            known => known,
        }
    }

    /// The text of this kind.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Charge => "charge",
            Self::Custom(text) => text,
            Self::Discount => "discount",
            Self::Fee => "fee",
            Self::Shipping => "shipping",
            Self::Tax => "tax",
        }
    }
}

impl fmt::Display for ConditionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for ConditionKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ConditionKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from_text(&text))
    }
}

/// The amount that a condition changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Target {
    /// The unit price of the line that the condition is on.
    Item,
    /// The sum of all lines.
    Subtotal,
    /// The rounded subtotal.
    Total,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Item => "item",
            Self::Subtotal => "subtotal",
            Self::Total => "total",
        })
    }
}
