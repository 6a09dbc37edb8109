//! How a case ends.

use std::error::Error as StdError;
use std::fmt::Display;
use std::panic::Location;

use crate::harness::HarnessError;

/// What a case returns, and whatever it is made of.
pub(crate) type CaseResult<T = ()> = Result<T, Stop>;

/// Why a case ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The store broke its word.
    Failed(String),
    /// The case does not apply, for a declared reason.
    Skipped(String),
}

impl Stop {
    /// A failure, with the place in the suite that found it.
    #[track_caller]
    pub(crate) fn failed(what: impl Display) -> Self {
        Self::Failed(format!("{what}\n  at {}", Location::caller()))
    }
}

impl<E: StdError> From<E> for Stop {
    #[track_caller]
    fn from(error: E) -> Self {
        let mut text = format!("unexpected error: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!("\n  because: {cause}"));
            source = cause.source();
        }
        Self::failed(text)
    }
}

/// What the harness answered, told as the end of a case.
pub(crate) trait Granted<T> {
    /// Skips the case when the harness lacks the power, and fails it when the harness failed.
    fn granted(self) -> CaseResult<T>;
}

impl<T> Granted<T> for Result<T, HarnessError> {
    #[track_caller]
    fn granted(self) -> CaseResult<T> {
        self.map_err(|error| match error {
            HarnessError::Lacking(reason) => Stop::Skipped(reason.to_owned()),
            HarnessError::Failed(error) => Stop::failed(format!("the harness failed: {error}")),
        })
    }
}
