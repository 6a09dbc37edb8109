//! How a case ends.

use std::error::Error as StdError;
use std::fmt::Display;
use std::iter;
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
        let causes = iter::successors(error.source(), |&cause| cause.source());
        let text: Vec<String> = iter::once(format!("unexpected error: {error}"))
            .chain(causes.map(ToString::to_string))
            .collect();
        Self::failed(text.join("\n  because: "))
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
