//! The versions of carts that were replaced or deleted, kept by triggers on the table.
//!
//! The database copies the old row in the same statement that replaces it: no save takes a further
//! trip, none can be forgotten, and nothing is done while the history is switched off.

mod row;

use std::fmt;
use std::sync::Arc;

use cart_core::{CartKey, CartRecord, Error, Operation, Owner, Result, Timestamp, Version};

pub(crate) use row::PastRow;

use crate::database::{Backend, Query, moment};
use crate::row::{HEADER, KEY, PARTS, key_values, owner_values};
use crate::schema::for_table;
use crate::sql::{conditions, listed};
use crate::value::Value;

/// How many versions are removed at once, so that writers wait for milliseconds only.
const PURGE_BATCH: usize = 500;

/// The history of the carts of a [`Database`](crate::Database), where it is switched on.
#[derive(Clone)]
pub struct History {
    backend: Arc<dyn Backend>,
}

/// A version of a cart that was replaced or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastVersion {
    /// Where it stands in the history: later entries have larger numbers.
    pub number: i64,
    /// Which cart.
    pub key: CartKey,
    /// When the next version took its place, or it was removed for good.
    pub replaced_at: Timestamp,
    /// What was stored.
    pub record: CartRecord,
}

impl History {
    /// The most versions that one page holds.
    pub const MAX_LIMIT: usize = 1_000;

    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Whether versions are kept.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn is_on(&self) -> Result<bool> {
        let text = (self.backend.dialect().count_triggers)(self.backend.table());
        let rows = self.backend.figures(Query::new(text)).await;
        let rows = rows.map_err(self.failed(Operation::Open))?;
        Ok(rows.first().is_some_and(|row| row.count() > 0))
    }

    /// Keeps versions from now on, or no longer; what was kept stays. Switching to what is there
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// What the database answers: it takes the right to make triggers.
    ///
    /// # Cancel safety
    ///
    /// The switch may happen or not; do it again.
    pub async fn switch(&self, on: bool) -> Result<()> {
        if self.is_on().await? == on {
            return Ok(());
        }
        let dialect = self.backend.dialect();
        let sql = if on {
            dialect.audit_on
        } else {
            dialect.audit_off
        };
        let sql = for_table(sql, self.backend.table());
        let switched = self.backend.run(sql).await;
        switched.map_err(self.failed(Operation::Open))
    }

    /// The past versions of one cart, the oldest first: at most `limit`, behind the entry with the
    /// number `after`.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn versions(
        &self,
        key: &CartKey,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PastVersion>> {
        let mut query = self.select(key);
        if let Some(after) = after {
            query.push_with(" AND \"id\" > ?", &[Value::Integer(after)]);
        }
        let limit = i64::try_from(limit.clamp(1, Self::MAX_LIMIT)).unwrap_or(i64::MAX);
        query.push_with(" ORDER BY \"id\" LIMIT ?", &[Value::Integer(limit)]);
        self.ask(query).await
    }

    /// One past version of a cart, whole, if it is kept.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn version(&self, key: &CartKey, version: Version) -> Result<Option<PastVersion>> {
        let mut query = self.select(key);
        let numbers = [version.sequence(), version.write_id()];
        let numbers = numbers.map(|number| Value::Integer(number.cast_signed()));
        query.push_with(" AND \"version\" = ? AND \"write_id\" = ?", &numbers);
        query.push(" ORDER BY \"id\" LIMIT 1");
        Ok(self.ask(query).await?.pop())
    }

    /// Removes the versions that were replaced before `before`, batch by batch, and tells how
    /// many.
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some are removed and some not; repeat the call.
    pub async fn purge(&self, before: Timestamp) -> Result<u64> {
        let table = self.table();
        let delete = self.backend.dialect().delete_some;
        let text = delete(&table, "\"replaced_at\" < ?", "replaced_at");
        let limit = i64::try_from(PURGE_BATCH).unwrap_or(i64::MAX);
        let mut purged = 0;
        loop {
            let query = Query::new(&*text).with_values(&[moment(before), Value::Integer(limit)]);
            let removed = self.backend.change(query).await;
            let removed = removed.map_err(self.failed(Operation::Sweep))?;
            purged += u64::try_from(removed).unwrap_or(u64::MAX);
            if removed < PURGE_BATCH {
                return Ok(purged);
            }
        }
    }

    /// Removes everything that the history holds of an owner, and tells how many versions that
    /// were: for whoever asks to be forgotten, after
    /// [`Carts::erase`](cart_core::Carts::erase).
    ///
    /// # Errors
    ///
    /// What the database answers.
    ///
    /// # Cancel safety
    ///
    /// The versions are removed or not; repeat the call.
    pub async fn erase(&self, owner: &Owner) -> Result<u64> {
        let of_owner = conditions(&KEY[..3]);
        let text = format!("DELETE FROM \"{}\" WHERE {of_owner}", self.table());
        let query = Query::new(text).with_values(&owner_values(owner));
        let removed = self.backend.change(query).await;
        let removed = removed.map_err(self.failed(Operation::Sweep))?;
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }

    /// Reads the versions of a cart; conditions and order are still to be written.
    fn select(&self, key: &CartKey) -> Query {
        let columns = listed(KEY.iter().chain(&HEADER).chain(&PARTS));
        let text = format!(
            "SELECT \"id\", \"replaced_at\", {columns} FROM \"{}\" WHERE {}",
            self.table(),
            conditions(&KEY)
        );
        Query::new(text).with_values(&key_values(key))
    }

    async fn ask(&self, query: Query) -> Result<Vec<PastVersion>> {
        let rows = self.backend.versions(query).await;
        rows.and_then(|rows| rows.into_iter().map(PastRow::version).collect())
            .map_err(self.failed(Operation::Scan))
    }

    fn table(&self) -> String {
        format!("{}_history", self.backend.table())
    }

    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_> {
        move |error| error.during(operation).in_store(&self.backend.name())
    }
}

impl fmt::Debug for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "History({})", self.backend.scope())
    }
}
