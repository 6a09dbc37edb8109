//! What SQLite's errors mean to whoever keeps carts.

use cart_core::{Error, ErrorKind, RetryClass};
use diesel::result::{ConnectionError, Error as DieselError};

/// What was going on when SQLite failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A statement, which leaves nothing behind.
    Statement,
    /// The commit, which may have reached the disk.
    Commit,
}

/// One row of the table: the beginning of SQLite's message, and what it means.
struct Meaning {
    text: &'static str,
    kind: ErrorKind,
    retry_class: RetryClass,
    advice: &'static str,
}

/// diesel hands on SQLite's message and not its code; the texts are those of `sqlite3_errstr`,
/// which have been the same for many years, and the unit tests meet the real ones.
const MEANINGS: [Meaning; 11] = [
    Meaning {
        text: "database is locked",
        kind: ErrorKind::Busy,
        retry_class: RetryClass::NotApplied,
        advice: "another process kept the database locked for longer than busy_timeout",
    },
    Meaning {
        text: "database table is locked",
        kind: ErrorKind::Busy,
        retry_class: RetryClass::NotApplied,
        advice: "another connection kept the table locked for longer than busy_timeout",
    },
    Meaning {
        text: "database or disk is full",
        kind: ErrorKind::Full,
        retry_class: RetryClass::Permanent,
        advice: "the disk is full, or the database has reached max_page_count: make room",
    },
    Meaning {
        text: "attempt to write a readonly database",
        kind: ErrorKind::ReadOnly,
        retry_class: RetryClass::Permanent,
        advice: "the database can be read and not written: check the rights of the file, of its \
                 directory and of the file system, and read_only",
    },
    Meaning {
        text: "file is not a database",
        kind: ErrorKind::Unprepared,
        retry_class: RetryClass::Permanent,
        advice: "the file is not an SQLite database, or it is encrypted: check the path",
    },
    Meaning {
        text: "database disk image is malformed",
        kind: ErrorKind::Corrupt,
        retry_class: RetryClass::Permanent,
        advice: "the database file is damaged: restore it from a backup",
    },
    Meaning {
        text: "unable to open database file",
        kind: ErrorKind::Unavailable,
        retry_class: RetryClass::Permanent,
        advice: "the database file can't be opened: check that its directory exists and that this \
                 user may write there",
    },
    Meaning {
        text: "disk I/O error",
        kind: ErrorKind::Unavailable,
        retry_class: RetryClass::NotApplied,
        advice: "the disk failed: look into the system's log",
    },
    Meaning {
        text: "no such table",
        kind: ErrorKind::Unprepared,
        retry_class: RetryClass::Permanent,
        advice: "the carts table is gone: run `cart schema apply`",
    },
    Meaning {
        text: "no such column",
        kind: ErrorKind::Unprepared,
        retry_class: RetryClass::Permanent,
        advice: "the carts table has another schema: run `cart schema status`",
    },
    Meaning {
        text: "string or blob too big",
        kind: ErrorKind::TooLarge,
        retry_class: RetryClass::Permanent,
        advice: "the record is larger than SQLite takes",
    },
];

/// The error that a failure of SQLite becomes.
pub(super) fn classify(error: &DieselError, phase: Phase) -> Error {
    if let DieselError::DeserializationError(_) = error {
        return Error::new(
            ErrorKind::Corrupt,
            "a row can't be read; it was left as it is: restore it from a backup",
        )
        .with_source(error.to_string());
    }
    meaning(&error.to_string(), phase)
}

/// The error that a failure to open the file becomes.
pub(super) fn classify_open(error: &ConnectionError) -> Error {
    meaning(&error.to_string(), Phase::Statement)
}

fn meaning(message: &str, phase: Phase) -> Error {
    let error = match MEANINGS
        .iter()
        .find(|known| message.starts_with(known.text))
    {
        Some(known) => Error::new(known.kind, known.advice).with_retry_class(known.retry_class),
        None => Error::new(
            ErrorKind::Unexpected,
            "SQLite refused the statement: its own message is the source of this error",
        ),
    };
    // Whether a failed commit reached the disk is known for sure only if SQLite says that it
    // didn't start or had no room.
    let unknown = phase == Phase::Commit
        && matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unexpected);
    let error = error.with_source(message.to_owned());
    if unknown {
        error.with_retry_class(RetryClass::OutcomeUnknown)
    } else {
        error
    }
}

#[cfg(test)]
mod tests;
