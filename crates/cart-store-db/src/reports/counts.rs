//! How many carts there are.

use cart_core::{Currency, OwnerClass, Result};

use super::ReportFilter;
use super::row::{FigureRow, count};
use crate::database::{Backend, Query};
use crate::row::corrupt;

/// The carts of one class of owner in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CartCounts {
    /// Whose carts.
    pub class: OwnerClass,
    /// Their currency; none for carts in which nothing names one.
    pub currency: Option<Currency>,
    /// All of them.
    pub carts: u64,
    /// Those without a line.
    pub empty: u64,
    /// Those that were sold at least once.
    pub converted: u64,
}

pub(super) fn query(backend: &dyn Backend, filter: &ReportFilter) -> Query {
    let mut query = Query::new(
        "SELECT \"class\", \"currency\", count(*), count(CASE WHEN \"lines\" = 0 THEN 1 END), \
         count(\"converted_at\"), count(*), count(*), ''",
    );
    filter.push_to(&mut query, backend);
    query.push(" GROUP BY \"class\", \"currency\" ORDER BY \"class\", \"currency\"");
    query
}

impl FigureRow {
    pub(super) fn counts(self) -> Result<CartCounts> {
        let class = OwnerClass::new(&self.class.0);
        Ok(CartCounts {
            class: class.map_err(|source| corrupt("class").with_source(source))?,
            currency: self.currency()?,
            carts: count(self.first),
            empty: count(self.second),
            converted: count(self.third),
        })
    }
}
