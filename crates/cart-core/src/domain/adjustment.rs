//! What a condition does to an amount.

use std::cmp::Ordering;
use std::fmt;

use num_rational::BigRational;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::error::{DomainError, shortened};
use super::exact::Exact;
use super::money::{Currency, Money, overflow, parse_minor};

/// What a condition does to an amount.
///
/// ```
/// use cart_core::{Adjustment, Currency};
///
/// let usd = Currency::parse("USD")?;
/// assert_eq!(Adjustment::parse("5.00", usd)?, Adjustment::parse("+500", usd)?);
/// assert!(Adjustment::parse("5 %", usd).is_err());
/// # Ok::<(), cart_core::DomainError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Adjustment {
    /// Adds an amount, or takes it away when it is negative.
    Add(Money),
    /// Divides by a number above zero.
    Divide(Decimal),
    /// Multiplies by a number of at least zero.
    Multiply(Decimal),
    /// Adds so many hundredths of the amount, or takes them away when negative.
    Percent(Decimal),
}

impl Adjustment {
    /// Reads `-10%`, `10%`, `500` and `-500` (minor units), `5.00` and `+5.00` (major units),
    /// `*0.9` or `/2`. No sign means plus.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidAdjustment`] for any other text, [`DomainError::Overflow`] for an
    /// amount that doesn't fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, DomainError> {
        let refused = |reason| DomainError::InvalidAdjustment {
            text: shortened(text),
            reason,
        };
        let number = |digits: &str| match digits.parse() {
            Ok(number) => Ok(number),
            Err(DomainError::InvalidDecimal { reason, .. }) => Err(refused(reason)),
            Err(other) => Err(other),
        };
        let factor = |digits: &str| {
            if digits.starts_with(['+', '-']) {
                return Err(refused("a factor has no sign"));
            }
            number(digits)
        };
        let adjustment = if let Some(digits) = text.strip_suffix('%') {
            Self::Percent(number(digits)?)
        } else if let Some(digits) = text.strip_prefix('*') {
            Self::Multiply(factor(digits)?)
        } else if let Some(digits) = text.strip_prefix('/') {
            Self::Divide(factor(digits)?)
        } else {
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            let minor = parse_minor(unsigned, currency).map_err(refused)?;
            let signed = if text.starts_with('-') { -minor } else { minor };
            let amount = i64::try_from(signed).map_err(|_| overflow("adjustment"))?;
            Self::Add(Money::new(amount, currency))
        };
        adjustment.check().map(|()| adjustment)
    }

    /// A discount from text, where a bare value is taken as negative: `10%` takes ten percent off.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidAdjustment`] for what [`Adjustment::parse`] refuses, for a plus sign,
    /// and for what would raise the amount.
    pub fn parse_discount(text: &str, currency: Currency) -> Result<Self, DomainError> {
        let raises = DomainError::InvalidAdjustment {
            text: shortened(text),
            reason: "a discount must not raise the amount",
        };
        let adjustment = match text.chars().next() {
            Some('+') => return Err(raises),
            Some(first) if first.is_ascii_digit() => Self::parse(&format!("-{text}"), currency)?,
            _ => Self::parse(text, currency)?,
        };
        if adjustment.is_charge() {
            Err(raises)
        } else {
            Ok(adjustment)
        }
    }

    /// Whether this lowers amounts.
    pub fn is_discount(&self) -> bool {
        self.direction() == Ordering::Less
    }

    /// Whether this raises amounts.
    pub fn is_charge(&self) -> bool {
        self.direction() == Ordering::Greater
    }

    /// Whether this is a percentage.
    pub const fn is_percentage(&self) -> bool {
        matches!(self, Self::Percent(_))
    }

    /// The currency of the amount that is added, when one is.
    pub(super) const fn currency(&self) -> Option<Currency> {
        match self {
            Self::Add(money) => Some(money.currency()),
            Self::Divide(_) | Self::Multiply(_) | Self::Percent(_) => None,
        }
    }

    /// Refuses a factor below zero and a divisor that isn't above it.
    pub(super) fn check(&self) -> Result<(), DomainError> {
        let reason = match self {
            Self::Multiply(factor) if factor.is_negative() => "a factor can't be below zero",
            Self::Divide(divisor) if divisor.is_zero() || divisor.is_negative() => {
                "a divisor must be above zero"
            }
            _ => return Ok(()),
        };
        Err(DomainError::InvalidAdjustment {
            text: self.to_string(),
            reason,
        })
    }

    /// The amount after this adjustment; never below zero.
    pub(super) fn applied_to(&self, amount: &Exact) -> Result<Exact, DomainError> {
        let adjusted = match self {
            Self::Add(money) => amount.plus(&Exact::from(money.amount())),
            Self::Divide(divisor) => amount.scaled(&divisor.ratio().recip()),
            Self::Multiply(factor) => amount.scaled(&factor.ratio()),
            Self::Percent(percent) => {
                let hundred = BigRational::from_integer(100.into());
                amount.scaled(&((&hundred + percent.ratio()) / &hundred))
            }
        };
        adjusted.map(Exact::at_least_zero)
    }

    fn direction(&self) -> Ordering {
        match self {
            Self::Add(money) => money.amount().cmp(&0),
            Self::Divide(divisor) => divisor.compared_with_one().reverse(),
            Self::Multiply(factor) => factor.compared_with_one(),
            Self::Percent(percent) if percent.is_negative() => Ordering::Less,
            Self::Percent(percent) if percent.is_zero() => Ordering::Equal,
            Self::Percent(_) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Adjustment {
    /// A text that [`Adjustment::parse`] reads as the same adjustment; amounts in minor units.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(money) => write!(formatter, "{:+}", money.amount()),
            Self::Divide(divisor) => write!(formatter, "/{divisor}"),
            Self::Multiply(factor) => write!(formatter, "*{factor}"),
            Self::Percent(percent) => write!(formatter, "{percent:+}%"),
        }
    }
}
