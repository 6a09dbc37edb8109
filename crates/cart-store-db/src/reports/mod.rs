//! Reports: figures about the carts that are in the table now.
//!
//! Tombstones and expired rows are no carts. Figures are kept apart by currency, and sums are
//! exact.

mod abandoned;
mod conversion;
mod counts;
mod filter;
mod row;
mod values;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use cart_core::{Operation, Result, Timestamp};

pub use abandoned::{AbandonedCart, AbandonedPage, AbandonedRequest};
pub use conversion::Conversion;
pub use counts::CartCounts;
pub use filter::ReportFilter;
pub use values::CartValues;

pub(crate) use row::FigureRow;

use crate::database::{Backend, Query};

/// Reports about the carts of a [`Database`](crate::Database).
///
/// Every report is read along an index, and none takes a lock: carts are written meanwhile. A
/// report of figures reads an entry of the index for each cart, so it grows with the table; a page
/// of abandoned carts doesn't.
#[derive(Clone)]
pub struct Reports {
    backend: Arc<dyn Backend>,
}

impl Reports {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// One page of the carts that hold something, have not been written for longer than asked,
    /// and are not in a checkout; within each class of owner the oldest first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](cart_core::ErrorKind::Invalid) for a cursor of another report or
    /// another store, and what the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn abandoned(&self, request: &AbandonedRequest) -> Result<AbandonedPage> {
        let scope = request.scope(self.backend.scope());
        let now = self.backend.now();
        let answer = async {
            let list = request.list(now);
            let walk = request.walk(&scope, &list, now)?;
            let (text, values) =
                walk.query(self.backend.table(), &self.backend.dialect().hints, now);
            let rows = self
                .backend
                .carts(Query::new(text).with_values(&values))
                .await?;
            walk.page(rows).map(AbandonedPage::from)
        };
        answer.await.map_err(self.failed())
    }

    /// How many carts there are, how many of them are empty and how many were sold at least once,
    /// by class of owner and currency.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn counts(&self, filter: &ReportFilter) -> Result<Vec<CartCounts>> {
        let query = counts::query(&*self.backend, filter);
        self.figures(query, FigureRow::counts).await
    }

    /// What lies in the carts that hold something, by currency: number, sum, average, extremes.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn values(&self, filter: &ReportFilter) -> Result<Vec<CartValues>> {
        let query = values::query(&*self.backend, filter);
        self.figures(query, FigureRow::values).await
    }

    /// How many carts were made in `period`, and how many were sold in it, by currency. A settled
    /// claim is a sale.
    ///
    /// A cart that was deleted since is not counted: where carts go soon after the sale, the
    /// orders tell more.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn conversion(
        &self,
        filter: &ReportFilter,
        period: Range<Timestamp>,
    ) -> Result<Vec<Conversion>> {
        let query = conversion::query(&*self.backend, filter, &period);
        self.figures(query, FigureRow::conversion).await
    }

    async fn figures<T>(
        &self,
        query: Query,
        read: impl Fn(FigureRow) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self.backend.figures(query).await;
        rows.and_then(|rows| rows.into_iter().map(read).collect())
            .map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(cart_core::Error) -> cart_core::Error + use<'_> {
        |error| {
            let error = error.during(Operation::Scan);
            error.in_store(&self.backend.name())
        }
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reports({})", self.backend.scope())
    }
}

#[cfg(test)]
mod tests;
