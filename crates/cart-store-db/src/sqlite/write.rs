//! What the writer does to the table.

use std::sync::Arc;

use cart_core::{
    CartKey, CartRecord, Clock, Expect, Rename, SaveRequest, Stored, Timestamp, Verdict, Version,
};
use diesel::{OptionalExtension, QueryResult, RunQueryDsl, SqliteConnection};

use super::job::{Failure, Work};
use super::read;
use super::statements::{Head, Insert, Renew, Statements, Sweep, Unmark, Update, Write};
use crate::row::{HeadRow, header_values, key_values, part_values, version_values};
use crate::statement::Statement;
use crate::value::Value;

/// A save that waits for its turn.
pub(super) struct Save {
    pub(super) statements: Arc<Statements>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) request: SaveRequest,
}

impl Work<()> for Save {
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Failure> {
        save(
            connection,
            &self.statements,
            &self.request,
            self.clock.now(),
        )
    }

    fn run_alone(&mut self, connection: &mut SqliteConnection) -> QueryResult<Option<()>> {
        let now = self.clock.now();
        let saved = save_at_once(connection, &self.statements, &self.request, now)?;
        Ok(saved.then_some(()))
    }
}

/// Stores one record, if what is stored is what was expected.
fn save(
    connection: &mut SqliteConnection,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    if save_at_once(connection, statements, request, now)? {
        return Ok(());
    }
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

/// Stores one record by one statement, if what is stored is plainly what was expected. When it
/// isn't, nothing happened, and what is stored decides whether that is a conflict.
fn save_at_once(
    connection: &mut SqliteConnection,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> QueryResult<bool> {
    let SaveRequest {
        key,
        record,
        expect,
    } = request;
    let changed = match expect {
        Expect::Version(expected) if *expected != record.header.version => {
            let values: Vec<Value<'_>> = header_values(&record.header)
                .into_iter()
                .chain(part_values(&record.parts))
                .chain(key_values(key))
                .chain(version_values(*expected))
                .chain([Value::Integer(now.as_millis())])
                .collect();
            Statement::<Update, _>::new(&statements.update, values).execute(connection)?
        }
        Expect::Absent => {
            let values = record_values(key, record);
            Statement::<Insert, _>::new(&statements.insert, values).execute(connection)?
        }
        _ => 0,
    };
    Ok(changed == 1)
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

/// Takes the mark off a record of this version.
pub(super) fn unmark(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: &CartKey,
    version: Version,
) -> QueryResult<()> {
    let values: Vec<Value<'_>> = key_values(key)
        .into_iter()
        .chain(version_values(version))
        .collect();
    Statement::<Unmark, _>::new(&statements.unmark, values)
        .execute(connection)
        .map(drop)
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
    let values = record_values(key, record);
    Statement::<Write, _>::new(&statements.write, values)
        .execute(connection)
        .map(drop)
}

/// The values of a whole row.
fn record_values<'a>(key: &'a CartKey, record: &'a CartRecord) -> Vec<Value<'a>> {
    key_values(key)
        .into_iter()
        .chain(header_values(&record.header))
        .chain(part_values(&record.parts))
        .collect()
}
