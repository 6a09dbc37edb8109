//! The cases of the suite, and what each one needs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use cart_core::{Capabilities, Durability, RenameSupport, ScanSupport, Scope};
use serde::Serialize;

use crate::clause::Clause;
use crate::outcome::CaseResult;
use crate::subject::Subject;

/// One case of the suite: a promise of the contract, tried on a store.
#[derive(Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Case {
    /// What it shows, as a sentence: `stale_version_is_rejected`.
    #[serde(rename = "case")]
    pub name: &'static str,
    /// The clauses that it proves; the first one is part of the test's name.
    pub clauses: &'static [Clause],
    /// The numbers of the published list of checks that it answers.
    pub checks: &'static [&'static str],
    #[serde(skip)]
    pub(crate) needs: &'static [Need],
    #[serde(skip)]
    pub(crate) body: Body,
}

impl Case {
    /// Why a store with these capabilities doesn't run the case, if it doesn't.
    pub(crate) fn unmet(&self, capabilities: &Capabilities) -> Option<&'static str> {
        self.needs.iter().find_map(|need| need.unmet(capabilities))
    }
}

/// A case's code.
pub(crate) type Body =
    for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = CaseResult> + Send + 'a>>;

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A power that a store must declare for a case to make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    AtomicRename,
    CompareAndSet,
    Crash,
    Lock,
    Marks,
    RecordLimit,
    Remote,
    Rename,
    Scan,
}

impl Need {
    fn unmet(self, capabilities: &Capabilities) -> Option<&'static str> {
        let (met, reason) = match self {
            Self::AtomicRename => (
                capabilities.rename == RenameSupport::Atomic,
                "the store declares no atomic rename",
            ),
            Self::CompareAndSet => (
                capabilities.compare_and_set >= Scope::Process,
                "the store declares no compare-and-set",
            ),
            Self::Crash => (
                capabilities.durability >= Durability::ProcessCrash,
                "the store declares that it survives no crash",
            ),
            Self::Lock => (capabilities.lock, "the store declares no lock"),
            Self::Marks => (
                capabilities.marks,
                "the store declares that it marks records itself",
            ),
            Self::RecordLimit => (
                capabilities.record_limit.is_some(),
                "the store declares no limit of a record's size",
            ),
            Self::Remote => (
                capabilities.remote,
                "the store declares no backend that can be away",
            ),
            Self::Rename => (
                capabilities.rename >= RenameSupport::Stepwise,
                "the store declares no rename",
            ),
            Self::Scan => (
                capabilities.scan >= ScanSupport::Full,
                "the store declares no scan",
            ),
        };
        (!met).then_some(reason)
    }
}

/// An entry of a module's list of cases: the function, its clauses, the checks that it answers,
/// and what the store must declare.
macro_rules! case {
    ($body:ident, [$($clause:ident),+], [$($check:literal),*] $(, needs $($need:ident),+)?) => {
        $crate::case::Case {
            name: stringify!($body),
            clauses: &[$($crate::clause::Clause::$clause),+],
            checks: &[$($check),*],
            needs: &[$($($crate::case::Need::$need),+)?],
            body: |subject| Box::pin($body(subject)),
        }
    };
}
pub(crate) use case;
