//! What the writer does to the table.

use cart_core::{CartKey, CartRecord, Expect, Rename, SaveRequest, Stored, Timestamp, Verdict};
use diesel::{OptionalExtension, QueryResult, RunQueryDsl, SqliteConnection};

use super::job::Failure;
use super::read;
use super::statements::{Head, Renew, Statements, Sweep, Write};
use crate::row::{HeadRow, header_values, key_values, part_values};
use crate::statement::Statement;
use crate::value::Value;

/// Stores one record, if what is stored is what was expected.
pub(super) fn save(
    connection: &mut SqliteConnection,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    let stored = match head(connection, statements, &request.key, now) {
        // Whatever there is, readable or not, is what `Any` expects.
        Err(Failure::Refused(_)) if request.expect == Expect::Any => Stored::Missing,
        stored => stored?,
    };
    let version = request.record.header.version;
    if request.expect.judge(version, &stored)? == Verdict::Write {
        write(connection, statements, &request.key, &request.record)?;
    }
    Ok(())
}

/// Stores two records, or none.
pub(super) fn rename(
    connection: &mut SqliteConnection,
    statements: &Statements,
    rename: &Rename,
    now: Timestamp,
) -> Result<(), Failure> {
    let from = head(connection, statements, &rename.from, now)?;
    let to = head(connection, statements, &rename.to, now)?;
    if rename.judge(&from, &to)? == Verdict::Write {
        write(connection, statements, &rename.from, &rename.tombstone)?;
        write(connection, statements, &rename.to, &rename.record)?;
    }
    Ok(())
}

/// Loads a cart and moves its expiry, and nothing else of it.
pub(super) fn renew(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: &CartKey,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Stored, Failure> {
    let mut stored = read::load(connection, statements, key, now)?;
    if let Stored::Live(record) = &mut stored {
        // A renewal never takes time away: a claim may have given the cart more.
        let expires_at = record
            .header
            .expires_at
            .map_or(expires_at, |at| at.max(expires_at));
        let [tenant, class, identifier, instance] = key_values(key);
        let expiry = Value::Integer(expires_at.as_millis());
        let values = [expiry, tenant, class, identifier, instance];
        Statement::<Renew, _>::new(&statements.renew, values).execute(connection)?;
        record.header.expires_at = Some(expires_at);
    }
    Ok(stored)
}

/// Removes at most `limit` rows that have expired at `now`, and tells how many.
pub(super) fn sweep(
    connection: &mut SqliteConnection,
    statements: &Statements,
    limit: usize,
    now: Timestamp,
) -> QueryResult<usize> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [Value::Integer(now.as_millis()), Value::Integer(limit)];
    Statement::<Sweep, _>::new(&statements.sweep, values).execute(connection)
}

fn head(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: &CartKey,
    now: Timestamp,
) -> Result<Stored, Failure> {
    let row: Option<HeadRow> = Statement::<Head, _>::new(&statements.head, key_values(key))
        .get_result(connection)
        .optional()?;
    Ok(row.map_or(Ok(Stored::Missing), |row| row.stored(now))?)
}

fn write(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: &CartKey,
    record: &CartRecord,
) -> QueryResult<()> {
    let values: Vec<Value<'_>> = key_values(key)
        .into_iter()
        .chain(header_values(&record.header))
        .chain(part_values(&record.parts))
        .collect();
    Statement::<Write, _>::new(&statements.write, values)
        .execute(connection)
        .map(drop)
}
