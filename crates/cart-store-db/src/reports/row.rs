//! A row of figures, and the numbers in it.

use cart_core::{Currency, Error};

#[cfg(feature = "servers")]
use crate::row::{Cells, FromCells};
use crate::row::{ExactText, corrupt};

/// What every report of figures is read as; each uses the columns that it has asked for.
#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct FigureRow {
    pub(super) class: ExactText,
    currency: Option<ExactText>,
    pub(super) first: i64,
    pub(super) second: i64,
    pub(super) third: i64,
    pub(super) smallest: i64,
    pub(super) largest: i64,
    sum: ExactText,
}

impl FigureRow {
    pub(super) fn currency(&self) -> Result<Option<Currency>, Error> {
        let code = self.currency.as_ref();
        let currency = code.map(|code| Currency::parse(&code.0).map_err(|_| corrupt("currency")));
        currency.transpose()
    }

    /// The sum: one decimal number, or the number of 2³² and the rest.
    pub(super) fn sum(&self) -> Result<i128, Error> {
        exact(&self.sum.0).ok_or_else(|| corrupt("total"))
    }

    /// The first count, for whoever asked for one alone.
    pub(crate) fn count(&self) -> u64 {
        count(self.first)
    }
}

#[cfg(feature = "servers")]
impl FromCells for FigureRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            class: ExactText(cells.text()?),
            currency: cells.optional_text()?.map(ExactText),
            first: cells.integer()?,
            second: cells.integer()?,
            third: cells.integer()?,
            smallest: cells.integer()?,
            largest: cells.integer()?,
            sum: ExactText(cells.text()?),
        })
    }
}

/// A count of rows is never negative.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn exact(text: &str) -> Option<i128> {
    text.split(' ').try_fold(0_i128, |high, part| {
        let part: i128 = part.parse().ok()?;
        high.checked_mul(1 << 32)?.checked_add(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_whole_or_in_two_pieces() {
        assert_eq!(exact("0"), Some(0));
        assert_eq!(exact("-5"), Some(-5));
        assert_eq!(
            exact("36893488147419103230"),
            Some(36_893_488_147_419_103_230),
            "beyond what 64 bits hold"
        );
        assert_eq!(exact("2 7"), Some(2 * (1 << 32) + 7));
        assert_eq!(exact("-1 4294967295"), Some(-1), "-1 in two pieces");
        for bad in ["", "x", "1 ", "1.5"] {
            assert_eq!(exact(bad), None, "{bad:?}");
        }
    }
}
