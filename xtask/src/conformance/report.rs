//! What the suites report, and what becomes of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;

/// What one suite's program writes: stores, or stores that are broken on purpose.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Results {
    /// The stores that were tested.
    #[serde(default)]
    pub(super) stores: Vec<StoreResult>,
    /// The broken stores that the suite was tested with.
    #[serde(default)]
    pub(super) broken_stores: Vec<BrokenStore>,
    /// The files that the stores' reports were read from.
    #[serde(skip)]
    pub(super) reports: Vec<PathBuf>,
}

/// How one store did.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct StoreResult {
    /// Its name: `sqlite`.
    pub(super) name: String,
    /// How many cases ran.
    pub(super) run: usize,
    /// How many of them failed.
    pub(super) failed: usize,
    /// The cases that didn't run, with the reason.
    pub(super) skipped: Vec<Skip>,
    /// Every case with its outcome.
    #[serde(skip_serializing)]
    pub(super) cases: Vec<CaseResult>,
}

/// A case that didn't run.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Skip {
    /// Its name.
    pub(super) case: String,
    /// The capability that the store declares not to have.
    pub(super) reason: String,
}

/// How one case went.
#[derive(Debug, Deserialize)]
pub(super) struct CaseResult {
    /// Its name.
    #[serde(rename = "case")]
    pub(super) name: String,
    /// The clauses that it proves.
    pub(super) clauses: Vec<String>,
    /// How it went.
    pub(super) outcome: Outcome,
}

/// How a case went.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Failed,
    Passed,
    Skipped,
}

/// How the suite judged a store that is broken on purpose.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct BrokenStore {
    /// What is broken.
    pub(super) name: String,
    /// The cases that must find it.
    pub(super) expected: Vec<String>,
    /// The cases that failed.
    pub(super) failed_cases: Vec<String>,
}

/// The whole result, as `--json` writes it.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    stores: &'a [StoreResult],
    clauses: Vec<ClauseCases<'a>>,
    broken_stores: &'a [BrokenStore],
}

/// A clause with the cases that cite it.
#[derive(Debug, Serialize)]
struct ClauseCases<'a> {
    clause: &'a str,
    cases: Vec<&'a str>,
}

impl Results {
    /// Adds what another program reported. Cases run in random order, so their skips are sorted.
    pub(super) fn extend(&mut self, mut other: Self) {
        for store in &mut other.stores {
            store
                .skipped
                .sort_by(|left, right| left.case.cmp(&right.case));
        }
        self.stores.extend(other.stores);
        self.broken_stores.extend(other.broken_stores);
        self.reports.extend(other.reports);
    }
}

impl<'a> Summary<'a> {
    /// Puts the results and the suite's table of contents together.
    pub(super) fn new(results: &'a Results, catalogue: &'a Catalogue) -> Self {
        let clauses = catalogue
            .clauses
            .iter()
            .map(|clause| ClauseCases {
                clause: &clause.id,
                cases: catalogue.cases_of(&clause.id),
            })
            .collect();
        Self {
            stores: &results.stores,
            clauses,
            broken_stores: &results.broken_stores,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_summary_keeps_the_promised_shape() {
        let mut results: Results = serde_json::from_value(json!({"stores": [{
            "name": "memory", "run": 1, "failed": 0,
            "skipped": [{"case": "lock_excludes", "reason": "no lock"}],
            "cases": [{"case": "first_save_wins", "clauses": ["SAVE-1"], "outcome": "passed"},
                      {"case": "lock_excludes", "clauses": ["CAP-1"], "outcome": "skipped"}],
        }]}))
        .unwrap();
        results.extend(
            serde_json::from_value(json!({"broken_stores": [
                {"name": "blind", "expected": ["first_save_wins"], "failed_cases": ["first_save_wins"]},
            ]}))
            .unwrap(),
        );
        let catalogue: Catalogue = serde_json::from_value(json!({
            "cases": [{"case": "first_save_wins", "clauses": ["SAVE-1"]}],
            "clauses": [{"clause": "SAVE-1"}],
        }))
        .unwrap();

        let summary: Value = serde_json::to_value(Summary::new(&results, &catalogue)).unwrap();
        assert_eq!(
            summary,
            json!({
                "stores": [{"name": "memory", "run": 1, "failed": 0,
                            "skipped": [{"case": "lock_excludes", "reason": "no lock"}]}],
                "clauses": [{"clause": "SAVE-1", "cases": ["first_save_wins"]}],
                "broken_stores": [{"name": "blind", "expected": ["first_save_wins"],
                                   "failed_cases": ["first_save_wins"]}],
            })
        );
    }
}
