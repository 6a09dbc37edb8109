//! What a run found.

use serde::Serialize;

use crate::case::Case;
use crate::clause::Clause;

/// How stores did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Each store.
    pub stores: Vec<StoreReport>,
}

/// How one store did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreReport {
    /// Its name.
    pub name: String,
    /// How many cases ran.
    pub run: usize,
    /// How many of them failed.
    pub failed: usize,
    /// The cases that did not run, and why.
    pub skipped: Vec<Skip>,
    /// Every case.
    pub cases: Vec<CaseReport>,
}

/// A case that did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Skip {
    /// Its name.
    pub case: &'static str,
    /// The capability that the store doesn't declare, or the power that the harness lacks.
    pub reason: String,
}

/// How one case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// Its name.
    pub case: &'static str,
    /// The clauses that it proves.
    pub clauses: &'static [Clause],
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The store broke its word.
    Failed {
        /// How.
        message: String,
    },
    /// The store kept its word.
    Passed,
    /// The case does not apply.
    Skipped {
        /// The capability that the store doesn't declare, or the power that the harness lacks.
        reason: String,
    },
}

impl StoreReport {
    /// The report on the store `name`, of which nothing has run yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            run: 0,
            failed: 0,
            skipped: Vec::new(),
            cases: Vec::new(),
        }
    }

    /// Adds how a case went.
    pub(crate) fn add(&mut self, case: &Case, outcome: Outcome) {
        match &outcome {
            Outcome::Passed => self.run += 1,
            Outcome::Failed { .. } => {
                self.run += 1;
                self.failed += 1;
            }
            Outcome::Skipped { reason } => self.skipped.push(Skip {
                case: case.name,
                reason: reason.clone(),
            }),
        }
        self.cases.push(CaseReport {
            case: case.name,
            clauses: case.clauses,
            outcome,
        });
    }

    /// The names of the cases that failed, in alphabetical order.
    pub fn failed_cases(&self) -> Vec<&'static str> {
        let mut failed: Vec<&'static str> = self
            .cases
            .iter()
            .filter(|case| matches!(case.outcome, Outcome::Failed { .. }))
            .map(|case| case.case)
            .collect();
        failed.sort_unstable();
        failed
    }
}
