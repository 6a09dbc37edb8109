//! Why a call to a server gave no result.

use cart_core::{Error, ErrorKind, RetryClass};

use crate::address::Host;

/// Why a call gave no result, and what follows from that for the next attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    error: Error,
}

/// What a failure means for whoever made the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The slot is being moved: this one call belongs there.
    Asked(Host),
    /// The server doesn't know the script.
    Forgotten,
    /// The connection is of no use any more, or there is none.
    Lost,
    /// The slot has moved there.
    Moved(Host),
    /// The server is no primary: somebody else is.
    Deposed,
    /// The server said no, and changed nothing.
    Refused,
    /// The server isn't ready, and may be in a moment.
    Unready,
}

impl Failure {
    pub(crate) fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// Nothing was sent before the time was up.
    pub(crate) fn never_sent() -> Self {
        let error = Error::new(
            ErrorKind::Unavailable,
            "there was no connection to the server until the time was up: check that it runs, and \
             its address",
        );
        Self::new(Cause::Lost, error.with_retry_class(RetryClass::NotApplied))
    }

    /// The sentinels name no primary.
    pub(crate) fn no_primary() -> Self {
        let message = "the sentinels know no primary of this name: check the URL";
        Self::new(Cause::Refused, Error::new(ErrorKind::Unprepared, message))
    }

    /// The server or the client left out an answer.
    pub(crate) fn missing() -> Self {
        let message = "an answer of the server is missing: is something else in between?";
        let error = Error::new(ErrorKind::Unexpected, message);
        Self::new(
            Cause::Lost,
            error.with_retry_class(RetryClass::OutcomeUnknown),
        )
    }

    /// The same failure of a call that changes nothing.
    #[must_use]
    pub(crate) fn without_effect(self) -> Self {
        let Self { cause, error } = self;
        let error = match error.retry_class() {
            RetryClass::OutcomeUnknown => error.with_retry_class(RetryClass::NotApplied),
            RetryClass::NotApplied | RetryClass::Permanent => error,
        };
        Self { cause, error }
    }

    /// The same failure of a call whose beginning may be carried on by others.
    #[must_use]
    pub(crate) fn of_unknown_outcome(self) -> Self {
        let Self { cause, error } = self;
        let error = error.with_retry_class(RetryClass::OutcomeUnknown);
        Self { cause, error }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    pub(crate) fn retry_class(&self) -> RetryClass {
        self.error.retry_class()
    }

    pub(crate) fn into_error(self) -> Error {
        self.error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(Cause::Refused, error)
    }
}
