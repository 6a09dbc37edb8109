//! What the exit code says.

use std::process::ExitCode;

use cart_core::{DomainError, Error, ErrorKind};

/// How the program ended, for a script to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// The input means nothing, or breaks a rule: the same command fails again.
    Invalid = 2,
    /// The cart was changed by someone else, or another one is in the way.
    Conflict = 3,
    /// What the command is about is not there.
    NotFound = 4,
    /// The store can't do it: not now, or not as it is set up.
    Unavailable = 5,
    /// It was done, and two stores don't hold the same carts.
    Differs = 6,
}

impl Exit {
    /// How the program ends after `error`.
    pub(crate) fn after(error: &Error) -> Self {
        match error.domain() {
            Some(DomainError::UnknownItem { .. }) => Self::NotFound,
            _ => Self::of(error.kind()),
        }
    }

    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Domain
            | ErrorKind::Invalid
            | ErrorKind::Overflow
            | ErrorKind::TooLarge
            | ErrorKind::Unsupported => Self::Invalid,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::NotFound => Self::NotFound,
            // Busy, Corrupt, Denied, Full, NewerFormat, ReadOnly, Unavailable, Unexpected,
            // Unprepared, and whatever comes later: somebody has to look at the store.
            _ => Self::Unavailable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_its_exit_code() {
        let codes = [
            (ErrorKind::Busy, 5),
            (ErrorKind::Conflict, 3),
            (ErrorKind::Corrupt, 5),
            (ErrorKind::Denied, 5),
            (ErrorKind::Domain, 2),
            (ErrorKind::Full, 5),
            (ErrorKind::Invalid, 2),
            (ErrorKind::NewerFormat, 5),
            (ErrorKind::NotFound, 4),
            (ErrorKind::Overflow, 2),
            (ErrorKind::ReadOnly, 5),
            (ErrorKind::TooLarge, 2),
            (ErrorKind::Unavailable, 5),
            (ErrorKind::Unexpected, 5),
            (ErrorKind::Unprepared, 5),
            (ErrorKind::Unsupported, 2),
        ];
        for (kind, code) in codes {
            let exit = Exit::after(&Error::new(kind, "for a test"));
            assert_eq!(exit as u8, code, "{}", kind.as_str());
        }
    }

    #[test]
    fn an_unknown_item_is_not_found() {
        let unknown = DomainError::UnknownItem {
            item_id: "sku-1".to_owned(),
        };
        assert_eq!(Exit::after(&unknown.into()), Exit::NotFound);
    }
}
