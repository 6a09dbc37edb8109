//! Rows that have expired.

use cart_core::Timestamp;

use super::connection::Connection;
use super::failure::{Cause, Failure};
use super::save::ATTEMPTS;
use super::statements::Statements;
use super::transaction;
use crate::row::NumberRow;
use crate::value::Value;

/// Removes at most `limit` rows that have expired at `now` and that nobody holds, and tells how many.
///
/// Whoever renews one of them goes first: the server may end the sweep to let them, and it is made
/// anew.
pub(super) async fn sweep<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    limit: usize,
    now: Timestamp,
) -> Result<usize, Failure> {
    for attempt in 1..ATTEMPTS {
        match attempt_sweep(connection, statements, limit, now).await {
            Err(failure) if failure.cause == Cause::Collision => transaction::pause(attempt).await,
            done => return done,
        }
    }
    attempt_sweep(connection, statements, limit, now).await
}

async fn attempt_sweep<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    limit: usize,
    now: Timestamp,
) -> Result<usize, Failure> {
    let most = Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX));
    let values = [Value::Integer(now.as_millis()), most];
    let Some(delete) = &statements.sweep_of_held else {
        let removed = connection.execute(&statements.sweep, &values).await?;
        return Ok(usize::try_from(removed).unwrap_or(limit));
    };
    transaction::begin(connection).await?;
    let done = remove(connection, &statements.sweep, delete, &values).await;
    transaction::end(connection, done).await
}

/// Removes the rows that `find` gives, and holds until the transaction ends.
async fn remove<C: Connection>(
    connection: &mut C,
    find: &str,
    delete: &str,
    values: &[Value<'_>],
) -> Result<usize, Failure> {
    let found: Vec<NumberRow> = connection.rows(find, values).await?;
    let ids: Vec<String> = found
        .iter()
        .filter_map(|row| row.0)
        .map(|id| id.to_string())
        .collect();
    if !ids.is_empty() {
        let delete = format!("{delete} ({})", ids.join(", "));
        connection.batch(&delete).await?;
    }
    Ok(ids.len())
}
