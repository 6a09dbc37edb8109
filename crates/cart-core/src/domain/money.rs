//! Amounts of money: whole minor units of one currency, checked, never a float.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{DomainError, shortened};

/// A currency of ISO 4217 which has minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The currency of an ISO 4217 code in capitals, such as `USD`.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidCurrency`] for anything else, and for codes without minor units
    /// (such as `XAU`).
    pub fn parse(code: &str) -> Result<Self, DomainError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some() && currency.code() == code)
            .map(Self)
            .ok_or_else(|| DomainError::InvalidCurrency {
                code: shortened(code),
            })
    }

    /// The three letters of the code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the major unit has: 0 for JPY, 2 for USD, 3 for BHD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(D::Error::custom)
    }
}

/// An amount in minor units (cents for USD, yen for JPY) of one currency.
///
/// ```
/// use cart_core::{Currency, Money};
///
/// let usd = Currency::parse("USD")?;
/// assert_eq!(Money::parse("19.99", usd)?, Money::new(1999, usd));
/// assert_eq!(Money::new(1999, usd).checked_mul(3)?.to_string(), "59.97 USD");
/// # Ok::<(), cart_core::DomainError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    amount: i64,
    currency: Currency,
}

impl Money {
    /// `amount` minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The amount in minor units.
    pub const fn amount(self) -> i64 {
        self.amount
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// A price from text: `1999` is minor units, `19.99` major units with at most the currency's
    /// decimals. No sign, no space, no separator of thousands.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidPrice`] for any other text, [`DomainError::Overflow`] for a price
    /// that doesn't fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, DomainError> {
        parse_minor(text, currency)
            .map_err(|reason| DomainError::InvalidPrice {
                text: shortened(text),
                reason,
            })
            .and_then(|minor| i64::try_from(minor).map_err(|_| overflow("price")))
            .map(|amount| Self { amount, currency })
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`], [`DomainError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, DomainError> {
        self.combined(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// [`DomainError::CurrencyMismatch`], [`DomainError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, DomainError> {
        self.combined(other, i64::checked_sub)
    }

    /// This amount `factor` times.
    ///
    /// # Errors
    ///
    /// [`DomainError::Overflow`].
    pub fn checked_mul(self, factor: i64) -> Result<Self, DomainError> {
        let amount = self
            .amount
            .checked_mul(factor)
            .ok_or_else(|| overflow("amount"))?;
        Ok(Self { amount, ..self })
    }

    fn combined(
        self,
        other: Self,
        operation: impl FnOnce(i64, i64) -> Option<i64>,
    ) -> Result<Self, DomainError> {
        same_currency(self.currency, other.currency)?;
        let amount = operation(self.amount, other.amount).ok_or_else(|| overflow("amount"))?;
        Ok(Self { amount, ..self })
    }
}

impl fmt::Display for Money {
    /// Major units and the code: `19.99 USD`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount < 0 { "-" } else { "" };
        let amount = self.amount.unsigned_abs();
        match self.currency.exponent() {
            0 => write!(formatter, "{sign}{amount} {}", self.currency),
            decimals => {
                let unit = 10_u64.pow(decimals);
                let width = decimals as usize;
                let (major, minor) = (amount / unit, amount % unit);
                write!(formatter, "{sign}{major}.{minor:0width$} {}", self.currency)
            }
        }
    }
}

/// How a fraction of a minor unit becomes a whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rounding {
    /// Up to the next whole unit.
    Ceiling,
    /// Down to the last whole unit.
    Floor,
    /// To the nearest; a half goes away from zero. The default.
    #[default]
    HalfAwayFromZero,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
}

/// The minor units that an unsigned text means. Amounts beyond `i128` read as its maximum, which
/// no caller's type can hold.
pub(super) fn parse_minor(text: &str, currency: Currency) -> Result<i128, &'static str> {
    let (whole, decimals) = match text.split_once('.') {
        None => (text, None),
        Some((whole, decimals)) => (whole, Some(decimals)),
    };
    if whole.is_empty() {
        return Err("the number is missing");
    }
    if !all_digits(whole) || !decimals.is_none_or(all_digits) {
        return Err("only digits and one point are understood");
    }
    let Some(decimals) = decimals else {
        return Ok(whole.parse().unwrap_or(i128::MAX));
    };
    let places = currency.exponent() as usize;
    if decimals.is_empty() {
        return Err("the decimals are missing");
    }
    if decimals.len() > places {
        return Err("it has more decimals than the currency");
    }
    Ok(format!("{whole}{decimals:0<places$}")
        .parse()
        .unwrap_or(i128::MAX))
}

pub(super) fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn same_currency(cart: Currency, given: Currency) -> Result<(), DomainError> {
    if cart == given {
        return Ok(());
    }
    Err(DomainError::CurrencyMismatch { cart, given })
}

pub(super) const fn overflow(what: &'static str) -> DomainError {
    DomainError::Overflow { what }
}
