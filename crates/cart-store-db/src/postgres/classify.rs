//! What PostgreSQL's errors mean to whoever keeps carts.

use std::error::Error as StdError;
use std::io;

use cart_core::{Error, ErrorKind, RetryClass};
use tokio_postgres::error::{DbError, Severity};

use crate::server::{Cause, Failure, Meaning, meaning};

use Cause::{Collision, Duplicate, Lost, Refused};
use ErrorKind::{
    Busy, Corrupt, Denied, Full, ReadOnly, TooLarge, Unavailable, Unexpected, Unprepared,
};
use RetryClass::{NotApplied, OutcomeUnknown, Permanent};

/// The first row whose beginning a code has is the one that counts.
#[rustfmt::skip]
const MEANINGS: [Meaning<&str>; 30] = [
    meaning("08", Unavailable, OutcomeUnknown, Lost, "the connection broke"),
    meaning("0A000", Unavailable, NotApplied, Lost, "the table was changed under the connection: try again"),
    meaning("22", Unexpected, Permanent, Refused, "the server can't take a value of this record"),
    meaning("23505", Busy, NotApplied, Duplicate, "there is a row of this key already"),
    meaning("23", Unexpected, Permanent, Refused, "a rule of the table refuses the record, and it isn't one of this library's"),
    meaning("25006", ReadOnly, Permanent, Refused, "the server can be read and not written: is it a standby, or is default_transaction_read_only on?"),
    meaning("25P03", Unavailable, NotApplied, Lost, "the lock was held for too long, and the server has ended it"),
    meaning("26000", Unavailable, NotApplied, Lost, "the server has forgotten a prepared statement: a pooler in between must keep them"),
    meaning("28", Denied, Permanent, Refused, "the server refuses this user: check the name, the password and pg_hba.conf"),
    meaning("3D000", Unprepared, Permanent, Refused, "the server has no database of this name: create it, or check the URL"),
    meaning("3F000", Unprepared, Permanent, Refused, "the schema on the search path is gone: create it, or check search_path"),
    meaning("40003", Unavailable, OutcomeUnknown, Lost, "the server doesn't know whether the write was made"),
    meaning("40", Busy, NotApplied, Collision, "other transactions were in the way each time: try again in a moment"),
    meaning("42501", Denied, Permanent, Refused, "this user may not do that: see the grants in the documentation"),
    meaning("42P01", Unprepared, Permanent, Refused, "the carts table is gone: run `cart schema apply`"),
    meaning("42703", Unprepared, Permanent, Refused, "the carts table has another schema: run `cart schema status`"),
    meaning("42", Unexpected, Permanent, Refused, "the server refuses the statement: its own message is the source of this error"),
    meaning("53100", Full, Permanent, Refused, "the disk of the server is full: make room"),
    meaning("53300", Busy, NotApplied, Lost, "the server takes no more connections: lower `pool` and `readers`, or raise max_connections"),
    meaning("53", Busy, NotApplied, Refused, "the server is short of memory or another resource"),
    meaning("54", TooLarge, Permanent, Refused, "the record is larger than the server takes"),
    meaning("55P03", Busy, NotApplied, Refused, "another transaction held the cart for longer than lock_timeout"),
    meaning("55", Busy, NotApplied, Refused, "the server can't do that just now"),
    meaning("57014", Busy, NotApplied, Refused, "the server didn't finish in time, and has undone it: look at its load, and at `timeout`"),
    meaning("57P03", Unavailable, NotApplied, Lost, "the server is starting up or shutting down"),
    meaning("57P04", Unprepared, Permanent, Lost, "the database was dropped"),
    meaning("57", Unavailable, OutcomeUnknown, Lost, "the server is shutting down, or somebody has ended the connection"),
    meaning("58", Unavailable, NotApplied, Refused, "the disk of the server failed: look into its log"),
    meaning("XX001", Corrupt, Permanent, Refused, "the database is damaged: restore it from a backup"),
    meaning("XX002", Corrupt, Permanent, Refused, "an index is damaged: run REINDEX, or restore a backup"),
];

/// What every other code means.
const UNKNOWN: Meaning<&str> = meaning(
    "",
    Unexpected,
    Permanent,
    Refused,
    "the server failed: its own message is the source of this error",
);

/// The failure that an error on an open connection is.
pub(super) fn classify(error: &tokio_postgres::Error) -> Failure {
    match error.as_db_error() {
        Some(said) => of_server(said),
        None => Failure::broken(words(error)),
    }
}

/// The failure that an error while connecting is.
pub(super) fn classify_connecting(error: &tokio_postgres::Error) -> Failure {
    if let Some(said) = error.as_db_error() {
        return of_server(said);
    }
    // The client tells its own errors apart by their texts alone; the tests meet the real ones.
    let (kind, retry_class, advice) = match error.to_string().as_str() {
        "error performing TLS handshake" => (
            Unavailable,
            Permanent,
            "the connection can't be encrypted as it must be: check the server's certificate, \
             sslrootcert and sslmode",
        ),
        "authentication error" | "invalid configuration" => (
            Denied,
            Permanent,
            "the server wants another proof of who asks: check the password",
        ),
        _ => (
            Unavailable,
            NotApplied,
            "the server can't be reached: check that it runs, and its address",
        ),
    };
    let failed = Error::new(kind, advice)
        .with_retry_class(retry_class)
        .with_source(words(error));
    Failure::new(Lost, failed)
}

/// The row for a code.
fn meaning_of(code: &str) -> &'static Meaning<&'static str> {
    let known = MEANINGS.iter().find(|known| code.starts_with(known.code));
    known.unwrap_or(&UNKNOWN)
}

/// What the server said.
fn of_server(said: &DbError) -> Failure {
    let code = said.code().code();
    let known = meaning_of(code);
    let is_over = matches!(
        said.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    );
    // Its details may hold an identifier.
    let failure = known.failure(format!("{code}: {}", said.message()));
    if is_over {
        failure.on_a_lost_connection()
    } else {
        failure
    }
}

/// The client's own words, and those of the system behind them.
fn words(error: &tokio_postgres::Error) -> String {
    let cause = error.source().and_then(|source| {
        let system = source.downcast_ref::<io::Error>();
        system.map(ToString::to_string)
    });
    match cause {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
