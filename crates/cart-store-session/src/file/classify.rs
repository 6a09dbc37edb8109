//! What the errors of a file system mean to whoever keeps carts.

use std::io;

use cart_core::{Error, ErrorKind, RetryClass};

/// What was going on when the file system failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Something that changes no session.
    Prepare,
    /// The replacement of a session, which may have happened.
    Replace,
}

/// One row of the table: a kind of failure, and what it means.
struct Meaning {
    failure: io::ErrorKind,
    kind: ErrorKind,
    advice: &'static str,
}

const MEANINGS: [Meaning; 8] = [
    Meaning {
        failure: io::ErrorKind::FileTooLarge,
        kind: ErrorKind::TooLarge,
        advice: "the session is larger than the file system takes, or than this process may write",
    },
    Meaning {
        failure: io::ErrorKind::IsADirectory,
        kind: ErrorKind::Unprepared,
        advice: "a folder is where a session's file should be: give the carts a folder of their own",
    },
    Meaning {
        failure: io::ErrorKind::NotADirectory,
        kind: ErrorKind::Unprepared,
        advice: "a file is where the folder of the sessions should be: check the path",
    },
    Meaning {
        failure: io::ErrorKind::NotFound,
        kind: ErrorKind::Unprepared,
        advice: "the folder of the sessions is not there: check the path, or have it created",
    },
    Meaning {
        failure: io::ErrorKind::PermissionDenied,
        kind: ErrorKind::Denied,
        advice: "this user may not use the folder of the sessions: check the rights of the folder \
                 and of what is in it",
    },
    Meaning {
        failure: io::ErrorKind::QuotaExceeded,
        kind: ErrorKind::Full,
        advice: "this user's quota is used up: make room; nothing was changed",
    },
    Meaning {
        failure: io::ErrorKind::ReadOnlyFilesystem,
        kind: ErrorKind::ReadOnly,
        advice: "the file system can be read and not written: mount it for writing",
    },
    Meaning {
        failure: io::ErrorKind::StorageFull,
        kind: ErrorKind::Full,
        advice: "the disk is full: make room; nothing was changed",
    },
];

/// The error that a failure of the file system becomes.
pub(super) fn classify(failure: io::Error, phase: Phase) -> Error {
    let known = MEANINGS
        .iter()
        .find(|meaning| meaning.failure == failure.kind());
    let error = match known {
        Some(known) => Error::new(known.kind, known.advice),
        None => Error::new(
            ErrorKind::Unavailable,
            "the file system failed: look at the source of this error, and into the system's log",
        )
        .with_retry_class(RetryClass::NotApplied),
    };
    // Once the replacement has begun, only the file system knows how far it got.
    let error = match phase {
        Phase::Prepare => error,
        Phase::Replace => error.with_retry_class(RetryClass::OutcomeUnknown),
    };
    // The bare failure: its text holds no path.
    error.with_source(failure)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use rustix::io::Errno;

    use super::*;

    /// Failures as the system numbers them.
    const TABLE: [(Errno, ErrorKind, RetryClass); 9] = [
        (Errno::ACCESS, ErrorKind::Denied, RetryClass::Permanent),
        (Errno::DQUOT, ErrorKind::Full, RetryClass::Permanent),
        (Errno::FBIG, ErrorKind::TooLarge, RetryClass::Permanent),
        (Errno::IO, ErrorKind::Unavailable, RetryClass::NotApplied),
        (Errno::ISDIR, ErrorKind::Unprepared, RetryClass::Permanent),
        (Errno::NOENT, ErrorKind::Unprepared, RetryClass::Permanent),
        (Errno::NOSPC, ErrorKind::Full, RetryClass::Permanent),
        (Errno::NOTDIR, ErrorKind::Unprepared, RetryClass::Permanent),
        (Errno::ROFS, ErrorKind::ReadOnly, RetryClass::Permanent),
    ];

    #[test]
    fn each_failure_has_its_kind_and_keeps_its_source() {
        for (number, kind, retry_class) in TABLE {
            let error = classify(io::Error::from(number), Phase::Prepare);
            assert_eq!((error.kind(), error.retry_class()), (kind, retry_class));
            assert!(error.source().is_some());
        }
    }

    #[test]
    fn a_failure_in_the_middle_of_a_replacement_leaves_it_in_doubt() {
        for (number, kind, _) in TABLE {
            let error = classify(io::Error::from(number), Phase::Replace);
            let expected = (kind, RetryClass::OutcomeUnknown);
            assert_eq!((error.kind(), error.retry_class()), expected);
        }
    }
}
