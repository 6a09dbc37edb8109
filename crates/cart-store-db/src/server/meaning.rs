//! A row of the table in which a server's errors stand.

use cart_core::{Error, ErrorKind, RetryClass};

use super::failure::{Cause, Failure};

/// What the errors of some codes mean to whoever keeps carts.
pub(crate) struct Meaning<C> {
    /// The codes, as the server writes them.
    pub(crate) code: C,
    pub(crate) kind: ErrorKind,
    pub(crate) retry_class: RetryClass,
    pub(crate) cause: Cause,
    pub(crate) advice: &'static str,
}

/// A row.
pub(crate) const fn meaning<C: Copy>(
    code: C,
    kind: ErrorKind,
    retry_class: RetryClass,
    cause: Cause,
    advice: &'static str,
) -> Meaning<C> {
    Meaning {
        code,
        kind,
        retry_class,
        cause,
        advice,
    }
}

impl<C> Meaning<C> {
    /// The failure that an error of this row is, with the server's own `words`.
    pub(crate) fn failure(&self, words: String) -> Failure {
        let error = Error::new(self.kind, self.advice)
            .with_retry_class(self.retry_class)
            .with_source(words);
        Failure::new(self.cause, error)
    }
}
