//! A connection to a server.

use std::future::Future;

use super::failure::Failure;
use crate::row::FromCells;
use crate::value::Value;

/// A connection that runs one call at a time.
///
/// Each statement is prepared once and kept for as long as the connection lives: texts are few.
/// Every text writes its placeholders as `?`.
///
/// # Cancel safety
///
/// When a future is dropped, nobody knows how far the server got: the connection must be dropped
/// with it, which undoes a transaction that is open. The guards in `pool` see to that.
pub(crate) trait Connection: Send + Sync + 'static {
    /// Whether it is known to be of no use any more.
    fn is_closed(&self) -> bool;

    /// Whether the server is still there, after it has lain idle: asked only where nothing else
    /// would tell that the server has closed it.
    fn is_alive(&mut self) -> impl Future<Output = bool> + Send;

    /// Runs a statement and tells how many rows it inserted, matched or removed.
    fn execute(
        &mut self,
        text: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// Runs several statements, sent without waiting for each other where the protocol allows it,
    /// and tells the rows of each. Where a row that is there already keeps an `INSERT` from its
    /// work, that is no row.
    fn execute_all(
        &mut self,
        statements: &[(&str, Vec<Value<'_>>)],
    ) -> impl Future<Output = Result<Vec<u64>, Failure>> + Send;

    /// Runs a query and reads its rows.
    fn rows<R: FromCells>(
        &mut self,
        text: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<R>, Failure>> + Send;

    /// Runs plain SQL of any number of statements, unprepared.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The one row of an answer that has one at most.
pub(crate) async fn row<C: Connection, R: FromCells>(
    connection: &mut C,
    text: &str,
    values: &[Value<'_>],
) -> Result<Option<R>, Failure> {
    Ok(connection.rows(text, values).await?.pop())
}
