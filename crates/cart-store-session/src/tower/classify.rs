//! What the errors of a tower-sessions store mean to whoever keeps carts.

use cart_core::{Error, ErrorKind, RetryClass};
use tower_sessions_core::session::Error as SessionError;
use tower_sessions_core::session_store::Error as StoreError;

/// What was going on when the store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Read,
    Write,
}

/// The error that a failure of the store becomes.
pub(super) fn classify(failure: StoreError, phase: Phase) -> Error {
    match failure {
        // Neither text is kept: it may quote what it is about.
        StoreError::Decode(_) => Error::new(
            ErrorKind::Corrupt,
            "a session can't be decoded; it is left as it is: restore it, or delete it",
        ),
        StoreError::Encode(_) => Error::new(
            ErrorKind::Unexpected,
            "the session store can't encode a session with carts in it",
        ),
        StoreError::Backend(_) => {
            let error = Error::new(
                ErrorKind::Unavailable,
                "the session store doesn't answer: see the source of this error",
            );
            let retry_class = match phase {
                Phase::Read => RetryClass::NotApplied,
                Phase::Write => RetryClass::OutcomeUnknown,
            };
            error.with_retry_class(retry_class).with_source(failure)
        }
    }
}

/// The same for a failure that came through the visitor's session.
pub(super) fn classify_session(failure: SessionError, phase: Phase) -> Error {
    match failure {
        SessionError::Store(failure) => classify(failure, phase),
        SessionError::SerdeJson(_) => Error::new(
            ErrorKind::Unexpected,
            "the session can't be turned into JSON",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn each_failure_has_its_kind() {
        let backend = || StoreError::Backend("refused".to_owned());
        let table = [
            (
                backend(),
                Phase::Read,
                ErrorKind::Unavailable,
                RetryClass::NotApplied,
            ),
            (
                backend(),
                Phase::Write,
                ErrorKind::Unavailable,
                RetryClass::OutcomeUnknown,
            ),
            (
                StoreError::Decode("secret".to_owned()),
                Phase::Read,
                ErrorKind::Corrupt,
                RetryClass::Permanent,
            ),
            (
                StoreError::Encode("secret".to_owned()),
                Phase::Write,
                ErrorKind::Unexpected,
                RetryClass::Permanent,
            ),
        ];
        for (failure, phase, kind, retry_class) in table {
            let is_backend = matches!(failure, StoreError::Backend(_));
            let error = classify(failure, phase);
            assert_eq!((error.kind(), error.retry_class()), (kind, retry_class));
            assert_eq!(error.source().is_some(), is_backend);
            assert!(!format!("{error:?}").contains("secret"));
        }
    }
}
