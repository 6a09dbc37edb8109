//! Two records that are stored as one.

use cart_core::{Expect, Rename, Timestamp, Verdict};

use super::connection::Connection;
use super::failure::{Cause, Failure};
use super::save::{ATTEMPTS, head, overtaken, write};
use super::statements::{Statements, Writing};
use super::transaction;

/// Stores both records, or none.
pub(super) async fn rename<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    rename: &Rename,
    now: Timestamp,
) -> Result<(), Failure> {
    if rename.from == rename.to {
        return Ok(());
    }
    for attempt in 0..ATTEMPTS {
        transaction::begin(connection).await?;
        let done = within(connection, statements, rename, now).await;
        match transaction::end(connection, done).await {
            Err(failure) if failure.cause == Cause::Collision => transaction::pause(attempt).await,
            done => return done,
        }
    }
    Err(overtaken().into())
}

async fn within<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    rename: &Rename,
    now: Timestamp,
) -> Result<(), Failure> {
    let locked = &statements.head_locked;
    // Everyone locks in the order of the keys: those who go opposite ways then wait in a queue and
    // not for each other.
    let (from, to) = if rename.from < rename.to {
        let from = head(connection, locked, &rename.from, now).await?;
        (from, head(connection, locked, &rename.to, now).await?)
    } else {
        let to = head(connection, locked, &rename.to, now).await?;
        (head(connection, locked, &rename.from, now).await?, to)
    };
    if rename.judge(&from, &to)? == Verdict::Keep {
        return Ok(());
    }
    let source = Writing {
        key: &rename.from,
        record: &rename.tombstone,
        expect: Expect::Version(rename.expect_from),
        now,
    };
    let target = Writing {
        key: &rename.to,
        record: &rename.record,
        expect: rename.expect_to,
        now,
    };
    for writing in [source, target] {
        if !write(connection, statements, &writing).await? {
            // A row that wasn't there to be locked has come up: look again.
            return Err(Failure::new(Cause::Collision, overtaken()));
        }
    }
    Ok(())
}
