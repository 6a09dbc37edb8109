//! Exact decimal numbers for percentages and factors.

use std::fmt;
use std::str::FromStr;

use num_rational::BigRational;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{DomainError, shortened};
use super::money::all_digits;

const MOST_DIGITS: usize = 18;
const MOST_DECIMALS: usize = 9;

/// An exact decimal number of at most 18 digits, 9 of them decimals: `9.975`, `-10`, `0.5`.
///
/// It is kept without superfluous zeros, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    /// How many digits of the mantissa are decimals.
    scale: u32,
}

impl Decimal {
    /// The whole number `number`.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidDecimal`] when it has more than 18 digits.
    pub fn from_whole(number: i64) -> Result<Self, DomainError> {
        number.to_string().parse()
    }

    /// Whether this is below zero.
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Whether this is zero.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The same number as a fraction.
    pub(super) fn ratio(self) -> BigRational {
        BigRational::new(self.mantissa.into(), 10_i64.pow(self.scale).into())
    }

    /// This number compared with one.
    pub(super) fn compared_with_one(self) -> std::cmp::Ordering {
        self.mantissa.cmp(&10_i64.pow(self.scale))
    }
}

impl FromStr for Decimal {
    type Err = DomainError;

    /// Reads digits with at most one point, and perhaps a sign: nothing else.
    fn from_str(text: &str) -> Result<Self, DomainError> {
        let refused = |reason| DomainError::InvalidDecimal {
            text: shortened(text),
            reason,
        };
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, decimals) = match unsigned.split_once('.') {
            None => (unsigned, ""),
            Some((_, "")) => return Err(refused("the decimals are missing")),
            Some(parts) => parts,
        };
        if whole.is_empty() {
            return Err(refused("the number is missing"));
        }
        if !all_digits(whole) || !all_digits(decimals) {
            return Err(refused("only digits and one point are understood"));
        }
        if decimals.len() > MOST_DECIMALS || whole.len() + decimals.len() > MOST_DIGITS {
            return Err(refused("it may have 18 digits, and 9 of them as decimals"));
        }
        let decimals = decimals.trim_end_matches('0');
        let sign = if text.starts_with('-') { "-" } else { "" };
        let mantissa = format!("{sign}{whole}{decimals}")
            .parse()
            .map_err(|_| refused("it may have 18 digits, and 9 of them as decimals"))?;
        let scale = u32::try_from(decimals.len()).unwrap_or(0);
        Ok(Self { mantissa, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.scale);
        let digits = self.mantissa.unsigned_abs();
        let whole = digits / unit;
        let text = match self.scale as usize {
            0 => whole.to_string(),
            width => format!("{whole}.{:0width$}", digits % unit),
        };
        formatter.pad_integral(self.mantissa >= 0, "", &text)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
