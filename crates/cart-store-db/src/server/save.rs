//! Conditional writes: one statement when nobody is in the way, one more to see who is.

use cart_core::{
    CartKey, Error, ErrorKind, Expect, RetryClass, SaveRequest, Stored, Timestamp, Verdict, Version,
};

use super::connection::{Connection, row};
use super::failure::{Cause, Failure};
use super::statements::{Statements, Writing, version_values};
use crate::row::{HeadRow, key_values};
use crate::value::Value;

/// How often a write is made anew while others keep changing the row between two looks at it.
pub(super) const ATTEMPTS: usize = 16;

/// Stores one record, if what is stored is what was expected.
pub(super) async fn save<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    let writing = Writing::of(request, now);
    for _ in 0..ATTEMPTS {
        match write(connection, statements, &writing).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(failure) if failure.cause == Cause::Collision => continue,
            Err(failure) => return Err(failure),
        }
        if judge(connection, statements, request, now).await? == Verdict::Keep {
            return Ok(());
        }
    }
    Err(overtaken().into())
}

/// Takes the mark off a record of this version.
pub(super) async fn unmark<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    key: &CartKey,
    version: Version,
) -> Result<(), Failure> {
    let values: Vec<Value<'_>> = key_values(key)
        .into_iter()
        .chain(version_values(version))
        .collect();
    for _ in 1..ATTEMPTS {
        match connection.execute(&statements.unmark, &values).await {
            Err(failure) if failure.cause == Cause::Collision => {}
            done => return done.map(drop),
        }
    }
    connection
        .execute(&statements.unmark, &values)
        .await
        .map(drop)
}

/// Why a write wrote nothing: `Keep` when that is as it should be, `Write` when what was in the
/// way is gone by now.
pub(super) async fn judge<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> Result<Verdict, Failure> {
    // These write over everything but what they leave alone without an error.
    if matches!(request.expect, Expect::Any | Expect::Older) {
        return Ok(Verdict::Keep);
    }
    let stored = head(connection, &statements.head, &request.key, now).await?;
    Ok(request
        .expect
        .judge(request.record.header.version, &stored)?)
}

/// Writes if the expectation holds, and tells whether it did.
pub(super) async fn write<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    writing: &Writing<'_>,
) -> Result<bool, Failure> {
    if writing.is_expected() {
        return Ok(false);
    }
    for write in statements.writes(writing.expect) {
        match connection
            .execute(&write.text, &write.values(writing))
            .await
        {
            Ok(0) => {}
            Ok(_) => return Ok(true),
            Err(failure) if failure.cause == Cause::Duplicate => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(false)
}

/// What is stored under a key, as far as the rules for writing look; `text` is one of the queries
/// for that.
pub(super) async fn head<C: Connection>(
    connection: &mut C,
    text: &str,
    key: &CartKey,
    now: Timestamp,
) -> Result<Stored, Failure> {
    let head: Option<HeadRow> = row(connection, text, &key_values(key)).await?;
    Ok(head.map_or(Ok(Stored::Missing), |head| head.stored(now))?)
}

/// The answer when others were quicker each time.
pub(super) fn overtaken() -> Error {
    Error::new(
        ErrorKind::Busy,
        "others kept changing the cart between two looks at it: try again in a moment",
    )
    .with_retry_class(RetryClass::NotApplied)
}
