//! Why a call to a server gave no result.

use cart_core::{Error, ErrorKind, RetryClass};

/// Why a call gave no result, and what follows for the connection and for the call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    error: Error,
}

/// What a failure means for whoever made the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The server undid the transaction because another was in the way: once more may work.
    Collision,
    /// There is a row of this key already.
    Duplicate,
    /// The connection is of no use any more.
    Lost,
    /// A rule, or the server, said no, and changed nothing.
    Refused,
}

impl Failure {
    pub(crate) fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// The connection ended, or what came over it makes no sense: `words` are the client's own.
    pub(crate) fn broken(words: String) -> Self {
        let error = Error::new(
            ErrorKind::Unavailable,
            "the connection to the server broke before the answer came",
        );
        let error = error.with_retry_class(RetryClass::OutcomeUnknown);
        Self::new(Cause::Lost, error.with_source(words))
    }

    /// No answer came in time. What was sent may be done yet.
    pub(crate) fn timed_out() -> Self {
        let error = Error::new(
            ErrorKind::Unavailable,
            "the server didn't answer in time: look at its load, and at `timeout`",
        );
        let error = error.with_retry_class(RetryClass::OutcomeUnknown);
        Self::new(Cause::Lost, error)
    }

    /// The same failure of a call that changes nothing, or whose change is undone with its
    /// connection.
    #[must_use]
    pub(crate) fn without_effect(self) -> Self {
        let Self { cause, error } = self;
        let error = match error.retry_class() {
            RetryClass::OutcomeUnknown => error.with_retry_class(RetryClass::NotApplied),
            RetryClass::NotApplied | RetryClass::Permanent => error,
        };
        Self { cause, error }
    }

    /// The same failure on a connection that must not be used again.
    #[must_use]
    pub(crate) fn on_a_lost_connection(self) -> Self {
        Self::new(Cause::Lost, self.error)
    }

    /// A second error that says the same, for a second call that shared the fate of the first.
    pub(crate) fn repeated(&self) -> Error {
        let text =
            "it was written together with others, and the server failed: see the first error";
        Error::new(self.error.kind(), text).with_retry_class(self.error.retry_class())
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.error.kind()
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
