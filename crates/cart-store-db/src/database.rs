//! What a database does beside keeping carts: reports, and the history of each cart.

mod open;
mod query;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{Result, Timestamp};

pub(crate) use query::{Query, moment};

use crate::history::{History, PastRow};
use crate::reports::{FigureRow, Reports};
use crate::row::EntryRow;
use crate::table::TableName;

/// A database with carts in it, for whoever looks after the shop: reports and history.
///
/// Every SQL store has one: [`SqliteCartStore::database`](crate::SqliteCartStore::database).
///
/// ```
/// use std::time::Duration;
///
/// use cart_store_db::{ReportFilter, SqliteCartStore, SqliteConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let store = SqliteCartStore::open(SqliteConfig::memory()).await?;
/// let reports = store.database().reports();
/// assert!(reports.counts(&ReportFilter::default()).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    backend: Arc<dyn Backend>,
}

impl Database {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Reports about the carts that are there.
    pub fn reports(&self) -> Reports {
        Reports::new(Arc::clone(&self.backend))
    }

    /// The versions that were replaced or deleted, where that is switched on.
    pub fn history(&self) -> History {
        History::new(Arc::clone(&self.backend))
    }
}

/// A kind of database, as far as reports and history go.
///
/// Errors come classified, and without what was being done.
#[async_trait]
pub(crate) trait Backend: Debug + Send + Sync {
    /// The name of the store.
    fn name(&self) -> Arc<str>;

    /// What cursors are bound to: the store and its table.
    fn scope(&self) -> &str;

    /// The table of the carts.
    fn table(&self) -> &TableName;

    /// The present time, by the store's clock.
    fn now(&self) -> Timestamp;

    /// How this database is spoken to.
    fn dialect(&self) -> &'static Dialect;

    /// The carts that a query gives.
    async fn carts(&self, query: Query) -> Result<Vec<EntryRow>>;

    /// The rows of figures that a query gives: a class, a currency, three counts, the smallest and
    /// the largest total, and an exact sum as [`Dialect::exact_sum`] writes it.
    async fn figures(&self, query: Query) -> Result<Vec<FigureRow>>;

    /// The versions that a query gives.
    async fn versions(&self, query: Query) -> Result<Vec<PastRow>>;

    /// Changes rows and tells how many.
    async fn change(&self, query: Query) -> Result<usize>;

    /// Runs statements without values, all or none where the database can.
    async fn run(&self, sql: String) -> Result<()>;
}

/// Where databases speak differently.
pub(crate) struct Dialect {
    /// How it is brought to walk an index.
    pub(crate) hints: crate::scan::Hints,
    /// The exact sum of an integer column as text: a decimal number, or the number of 2³² and the
    /// rest, with a blank between them.
    pub(crate) exact_sum: fn(&str) -> String,
    /// Deletes at most `?` rows of a table for which the condition holds, along the column.
    pub(crate) delete_some: fn(table: &str, condition: &str, column: &str) -> String,
    /// Counts the triggers that keep the history of a table.
    pub(crate) count_triggers: fn(&TableName) -> String,
    /// Switches the history of the table on.
    pub(crate) audit_on: &'static str,
    /// Switches it off again.
    pub(crate) audit_off: &'static str,
}
