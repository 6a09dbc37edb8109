//! What lies in the carts.

use cart_core::{Currency, Money, Result};

use super::ReportFilter;
use super::row::{FigureRow, count};
use crate::database::{Backend, Query};
use crate::row::corrupt;

/// What the carts in one currency amount to; carts without a line are left out.
///
/// The totals are those of each cart's last write: a condition whose time has come since does not
/// show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CartValues {
    /// The currency.
    pub currency: Currency,
    /// The carts.
    pub carts: u64,
    /// The sum of their totals in minor units, exact; more than a [`Money`] can hold.
    pub sum: i128,
    /// The smallest total.
    pub smallest: Money,
    /// The largest total.
    pub largest: Money,
}

impl CartValues {
    /// The average total, in whole minor units: a half goes away from zero.
    pub fn average(&self) -> Money {
        let carts = i128::from(self.carts.max(1));
        let half = carts / 2 * self.sum.signum();
        // Between the smallest and the largest total, so it fits.
        let average = i64::try_from((self.sum + half) / carts).unwrap_or(i64::MAX);
        Money::new(average, self.currency)
    }
}

pub(super) fn query(backend: &dyn Backend, filter: &ReportFilter) -> Query {
    let sum = (backend.dialect().exact_sum)("\"total\"");
    let mut query = Query::new(format!(
        "SELECT '', \"currency\", count(*), count(*), count(*), \
         min(\"total\"), max(\"total\"), {sum}"
    ));
    filter.push_to(&mut query, backend);
    query.push(" AND \"currency\" IS NOT NULL AND \"lines\" > 0");
    query.push(" GROUP BY \"currency\" ORDER BY \"currency\"");
    query
}

impl FigureRow {
    pub(super) fn values(self) -> Result<CartValues> {
        let currency = self.currency()?.ok_or_else(|| corrupt("currency"))?;
        Ok(CartValues {
            currency,
            carts: count(self.first),
            sum: self.sum()?,
            smallest: Money::new(self.smallest, currency),
            largest: Money::new(self.largest, currency),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_rounded_half_away_from_zero() {
        let cases = [
            (0, 1, 0),
            (5, 2, 3),
            (-5, 2, -3),
            (4, 3, 1),
            (5, 3, 2),
            (2 * i128::from(i64::MAX), 2, i64::MAX),
            (2 * i128::from(i64::MIN), 2, i64::MIN),
        ];
        for (sum, carts, average) in cases {
            let currency = Currency::parse("USD").expect("a currency");
            let values = CartValues {
                currency,
                carts,
                sum,
                smallest: Money::new(0, currency),
                largest: Money::new(0, currency),
            };
            assert_eq!(values.average().amount(), average, "{sum} / {carts}");
        }
    }
}
