//! How many carts became sales.

use std::ops::Range;

use cart_core::{Currency, Result, Timestamp};

use super::ReportFilter;
use super::row::{FigureRow, count};
use crate::database::{Backend, Query, moment};

/// The carts of one currency in a period: those that were made, and those that were sold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The currency; none for carts in which nothing names one.
    pub currency: Option<Currency>,
    /// Carts that were made in the period.
    pub created: u64,
    /// Those of them that were sold in the period.
    pub converted: u64,
    /// Carts that were last sold in the period, whenever they were made: a cart that is kept for
    /// years is made once and sold often.
    pub sold: u64,
}

impl Conversion {
    /// How many of the carts that were made in the period were sold in it, in hundredths of a
    /// percent, rounded down: 2,500 is a quarter. None when no cart was made.
    ///
    /// ```
    /// # use cart_store_db::Conversion;
    /// # fn shown(conversion: &Conversion) -> Option<String> {
    /// let rate = conversion.basis_points()?;
    /// Some(format!("{}.{:02} %", rate / 100, rate % 100))
    /// # }
    /// ```
    pub fn basis_points(&self) -> Option<u64> {
        let rate = (u128::from(self.converted) * 10_000).checked_div(self.created.into())?;
        u64::try_from(rate).ok()
    }
}

pub(super) fn query(
    backend: &dyn Backend,
    filter: &ReportFilter,
    period: &Range<Timestamp>,
) -> Query {
    let bounds = [moment(period.start), moment(period.end)];
    let start = &bounds[..1];
    let mut query = Query::new("SELECT '', \"currency\"");
    query
        .push_with(", count(CASE WHEN \"created_at\" >= ? THEN 1 END)", start)
        .push_with(", count(CASE WHEN \"created_at\" >= ?", start)
        .push_with(
            " AND \"converted_at\" >= ? AND \"converted_at\" < ? THEN 1 END)",
            &bounds,
        )
        .push(", count(CASE WHEN")
        .push_with(
            " \"converted_at\" >= ? AND \"converted_at\" < ? THEN 1 END)",
            &bounds,
        )
        .push(", count(*), count(*), ''");
    filter.push_to(&mut query, backend);
    query
        .push_with(" AND \"created_at\" < ?", &bounds[1..])
        .push_with(" AND (\"created_at\" >= ? OR (", start)
        .push_with("\"converted_at\" >= ? AND \"converted_at\" < ?))", &bounds)
        .push(" GROUP BY \"currency\" ORDER BY \"currency\"");
    query
}

impl FigureRow {
    pub(super) fn conversion(self) -> Result<Conversion> {
        Ok(Conversion {
            currency: self.currency()?,
            created: count(self.first),
            converted: count(self.second),
            sold: count(self.third),
        })
    }
}
