//! Exact fractions of minor units: what amounts are between two roundings.

use std::fmt;
use std::ops::{Add, Sub};

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::error::DomainError;
use super::money::{Rounding, overflow};

/// Fractions finer than this are refused: arithmetic on them would take time without bound, and
/// more than a hundred conditions can be chained before one is met.
const MOST_BITS: u64 = 4_096;

/// An exact amount in minor units.
///
/// Whole amounts, which is nearly all of them, are kept apart because they need no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Exact {
    Whole(i128),
    Fraction(BigRational),
}

impl Exact {
    pub(super) const ZERO: Self = Self::Whole(0);

    /// This amount multiplied by `factor`.
    pub(super) fn scaled(&self, factor: &BigRational) -> Result<Self, DomainError> {
        Self::checked(self.ratio() * factor)
    }

    /// This amount `times` times.
    pub(super) fn times(&self, times: u64) -> Result<Self, DomainError> {
        match self {
            Self::Whole(whole) => match whole.checked_mul(times.into()) {
                Some(product) => Ok(Self::Whole(product)),
                None => self.scaled(&BigRational::from_integer(times.into())),
            },
            Self::Fraction(_) => self.scaled(&BigRational::from_integer(times.into())),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Result<Self, DomainError> {
        self.combined(other, i128::checked_add, Add::add)
    }

    pub(super) fn minus(&self, other: &Self) -> Result<Self, DomainError> {
        self.combined(other, i128::checked_sub, Sub::sub)
    }

    /// This amount, or zero when it is below.
    pub(super) fn at_least_zero(self) -> Self {
        let negative = match &self {
            Self::Whole(whole) => *whole < 0,
            Self::Fraction(ratio) => ratio.is_negative(),
        };
        if negative { Self::ZERO } else { self }
    }

    /// The whole amount at or below this one, and how far it is below.
    pub(super) fn floor(&self) -> Result<(i128, BigRational), DomainError> {
        match self {
            Self::Whole(whole) => Ok((*whole, BigRational::zero())),
            Self::Fraction(ratio) => {
                let floor = ratio.floor();
                let whole = floor
                    .to_integer()
                    .to_i128()
                    .ok_or_else(|| overflow("amount"))?;
                Ok((whole, ratio - floor))
            }
        }
    }

    pub(super) fn rounded(&self, rounding: Rounding) -> Result<i64, DomainError> {
        let whole = match self {
            Self::Whole(whole) => Some(*whole),
            Self::Fraction(ratio) => match rounding {
                Rounding::Ceiling => ratio.ceil(),
                Rounding::Floor => ratio.floor(),
                Rounding::HalfAwayFromZero => ratio.round(),
                Rounding::HalfEven => half_even(ratio),
            }
            .to_integer()
            .to_i128(),
        };
        whole
            .and_then(|whole| i64::try_from(whole).ok())
            .ok_or_else(|| overflow("amount"))
    }

    fn ratio(&self) -> BigRational {
        match self {
            Self::Whole(whole) => BigRational::from_integer((*whole).into()),
            Self::Fraction(ratio) => ratio.clone(),
        }
    }

    fn combined(
        &self,
        other: &Self,
        whole: impl FnOnce(i128, i128) -> Option<i128>,
        fraction: impl FnOnce(BigRational, BigRational) -> BigRational,
    ) -> Result<Self, DomainError> {
        if let (Self::Whole(left), Self::Whole(right)) = (self, other)
            && let Some(result) = whole(*left, *right)
        {
            return Ok(Self::Whole(result));
        }
        Self::checked(fraction(self.ratio(), other.ratio()))
    }

    fn checked(ratio: BigRational) -> Result<Self, DomainError> {
        if ratio.numer().bits().max(ratio.denom().bits()) > MOST_BITS {
            return Err(overflow("fraction"));
        }
        let whole = if ratio.is_integer() {
            ratio.numer().to_i128()
        } else {
            None
        };
        Ok(whole.map_or(Self::Fraction(ratio), Self::Whole))
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(right),
            _ => self.ratio().cmp(&other.ratio()),
        }
    }
}

impl From<i64> for Exact {
    fn from(minor: i64) -> Self {
        Self::Whole(minor.into())
    }
}

impl fmt::Display for Exact {
    /// A whole number, or a fraction in lowest terms: `100/3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => whole.fmt(formatter),
            Self::Fraction(ratio) => ratio.fmt(formatter),
        }
    }
}

/// `ratio` rounds a half away from zero by itself; when it was a half and that came out odd, the
/// even neighbour is one nearer to zero.
fn half_even(ratio: &BigRational) -> BigRational {
    let nearest = ratio.round();
    let half = BigRational::new(1.into(), 2.into());
    if (ratio - &nearest).abs() == half && nearest.to_integer().bit(0) {
        &nearest - nearest.signum()
    } else {
        nearest
    }
}
