//! What can go wrong with an exchange, and what it means.

use std::io;

use cart_core::{Error, ErrorKind, RetryClass};

/// Why an exchange gave no answer, or one that is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing was sent.
    #[error("no connection")]
    NotSent(#[source] io::Error),
    /// The connection broke after something was sent.
    #[error("the connection broke")]
    Broken(#[source] io::Error),
    /// There was no time left, perhaps before anything was sent.
    #[error("there was no answer in time")]
    Late { is_sent: bool },
    /// The server complains.
    #[error("the server answered `{0}`")]
    Complaint(String),
    /// That is no answer.
    #[error("the server answered what is no reply")]
    Nonsense,
}

/// Whether an exchange changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Writes,
}

impl Failure {
    /// The one table of errors.
    pub(crate) fn classified(self, effect: Effect) -> Error {
        use RetryClass::{NotApplied, OutcomeUnknown, Permanent};
        let in_doubt = match effect {
            Effect::Reads => NotApplied,
            Effect::Writes => OutcomeUnknown,
        };
        let (kind, class, text) = match &self {
            Self::NotSent(_) => (
                ErrorKind::Unavailable,
                NotApplied,
                "Memcached can't be reached: try again later",
            ),
            Self::Late { is_sent: false } => (
                ErrorKind::Busy,
                NotApplied,
                "all connections were in use: try again, or allow more of them",
            ),
            Self::Broken(_) | Self::Late { is_sent: true } => (
                ErrorKind::Unavailable,
                in_doubt,
                "the answer of Memcached was lost: make the same call again",
            ),
            Self::Complaint(text) if text.starts_with("SERVER_ERROR object too large") => (
                ErrorKind::TooLarge,
                Permanent,
                "the cart is larger than an item may be: make it smaller, or raise item_size_max",
            ),
            Self::Complaint(text) if text.starts_with("SERVER_ERROR out of memory") => (
                ErrorKind::Full,
                Permanent,
                "Memcached has no memory left: give it more, or let it drop old items",
            ),
            Self::Complaint(text) if text.starts_with("CLIENT_ERROR unauthenticated") => (
                ErrorKind::Denied,
                Permanent,
                "Memcached asks for a password, which this store has none of",
            ),
            Self::Complaint(text) if text == "ERROR" => (
                ErrorKind::Unprepared,
                Permanent,
                "the server knows no meta commands: use Memcached 1.6 or newer",
            ),
            Self::Complaint(_) | Self::Nonsense => (
                ErrorKind::Unexpected,
                in_doubt,
                "Memcached answered what it should not: see the cause",
            ),
        };
        Error::new(kind, text)
            .with_retry_class(class)
            .with_source(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_kind_and_its_class() {
        use RetryClass::{NotApplied, OutcomeUnknown, Permanent};
        let broken = || io::Error::from(io::ErrorKind::ConnectionReset);
        let complaint = |text: &str| Failure::Complaint(text.to_owned());
        for (failure, kind, class) in [
            (
                Failure::NotSent(broken()),
                ErrorKind::Unavailable,
                NotApplied,
            ),
            (
                Failure::Broken(broken()),
                ErrorKind::Unavailable,
                OutcomeUnknown,
            ),
            (
                Failure::Late { is_sent: true },
                ErrorKind::Unavailable,
                OutcomeUnknown,
            ),
            (
                Failure::Late { is_sent: false },
                ErrorKind::Busy,
                NotApplied,
            ),
            (
                complaint("SERVER_ERROR object too large for cache"),
                ErrorKind::TooLarge,
                Permanent,
            ),
            (
                complaint("SERVER_ERROR out of memory storing object"),
                ErrorKind::Full,
                Permanent,
            ),
            (
                complaint("CLIENT_ERROR unauthenticated"),
                ErrorKind::Denied,
                Permanent,
            ),
            (complaint("ERROR"), ErrorKind::Unprepared, Permanent),
            (
                complaint("SERVER_ERROR what"),
                ErrorKind::Unexpected,
                OutcomeUnknown,
            ),
            (Failure::Nonsense, ErrorKind::Unexpected, OutcomeUnknown),
        ] {
            let text = format!("{failure:?}");
            let error = failure.classified(Effect::Writes);
            assert_eq!((error.kind(), error.retry_class()), (kind, class), "{text}");
        }
    }

    #[test]
    fn a_read_whose_answer_was_lost_changed_nothing() {
        let lost = Failure::Late { is_sent: true }.classified(Effect::Reads);
        assert_eq!(lost.retry_class(), RetryClass::NotApplied);
    }
}
