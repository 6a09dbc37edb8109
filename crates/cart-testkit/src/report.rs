//! What a run found.

use std::collections::BTreeSet;
use std::time::Duration;

use cart_core::Capabilities;
use serde::{Deserialize, Deserializer, Serialize};

use crate::case::Case;
use crate::cases;
use crate::clause::Clause;

/// The name of a case. By this name, reading a report borrows nothing of its text.
type CaseName = &'static str;

/// How stores did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Each store.
    #[serde(default)]
    pub stores: Vec<StoreReport>,
}

/// How one store did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreReport {
    /// Its name.
    pub name: String,
    /// What it declares: names of capabilities and their values, where it was asked.
    #[serde(default)]
    pub declared: Vec<(String, String)>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Skip {
    /// Its name.
    #[serde(deserialize_with = "known_case")]
    pub case: CaseName,
    /// The capability that the store doesn't declare, or the power that the harness lacks.
    pub reason: String,
}

/// How one case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// Its name.
    #[serde(deserialize_with = "known_case")]
    pub case: CaseName,
    /// The clauses that it proves.
    #[serde(deserialize_with = "known_clauses")]
    pub clauses: &'static [Clause],
    /// How long it took, in milliseconds, the start of its store included.
    #[serde(default)]
    pub millis: u64,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
            declared: Vec::new(),
            run: 0,
            failed: 0,
            skipped: Vec::new(),
            cases: Vec::new(),
        }
    }

    /// Adds what the store declares.
    pub(crate) fn declare(&mut self, capabilities: &Capabilities) {
        self.declared = described(capabilities);
    }

    /// The line that says how it did: `cart-testkit 0.1.0: 227 run, 0 failed, 14 skipped (no lock)`.
    ///
    /// In brackets is why cases were skipped: what the store doesn't declare and what its harness
    /// lacks, each once.
    pub fn certificate(&self) -> String {
        let reasons: BTreeSet<&str> = self.skipped.iter().map(Skip::shortly).collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        let why = match &reasons[..] {
            [] => String::new(),
            reasons => format!(" ({})", reasons.join(", ")),
        };
        format!(
            "cart-testkit {}: {} run, {} failed, {} skipped{why}",
            env!("CARGO_PKG_VERSION"),
            self.run,
            self.failed,
            self.skipped.len()
        )
    }

    /// Adds how a case went, and how long it took.
    pub(crate) fn add(&mut self, case: &Case, outcome: Outcome, took: Duration) {
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
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
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

impl Skip {
    /// The reason without what is the same in all of them.
    pub(crate) fn shortly(&self) -> &str {
        let reason = self.reason.as_str();
        let reason = reason.strip_prefix("the store declares ").unwrap_or(reason);
        reason.strip_prefix("that it ").unwrap_or(reason)
    }
}

fn described(capabilities: &Capabilities) -> Vec<(String, String)> {
    let yes_or_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let limit = capabilities.record_limit;
    let limit = limit.map_or_else(|| "none".to_owned(), |bytes| format!("{bytes} bytes"));
    [
        (
            "compare_and_set",
            format!("{:?}", capabilities.compare_and_set),
        ),
        ("durability", format!("{:?}", capabilities.durability)),
        ("visibility", format!("{:?}", capabilities.visibility)),
        ("rename", format!("{:?}", capabilities.rename)),
        ("scan", format!("{:?}", capabilities.scan)),
        ("lock", yes_or_no(capabilities.lock)),
        ("marks", yes_or_no(capabilities.marks)),
        ("expiry", format!("{:?}", capabilities.expiry)),
        ("evictable", yes_or_no(capabilities.evictable)),
        ("remote", yes_or_no(capabilities.remote)),
        ("record_limit", limit),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// Reads the name of a case, which must be one of this release's.
fn known_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    let name = String::deserialize(deserializer)?;
    let case = cases::all().find(|case| case.name == name);
    case.map(|case| case.name).ok_or_else(|| {
        serde::de::Error::custom(format!("there is no case `{name}` in this release"))
    })
}

/// Reads the clauses of a case, which must be some case's of this release.
fn known_clauses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<&'static [Clause], D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let is_named = |case: &&Case| case.clauses.iter().map(|clause| clause.id()).eq(&names);
    let case = cases::all().find(is_named);
    case.map(|case| case.clauses)
        .ok_or_else(|| serde::de::Error::custom("no case of this release proves these clauses"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> StoreReport {
        let mut report = StoreReport::new("mine");
        let mut outcomes = [
            Outcome::Passed,
            Outcome::Skipped {
                reason: "the store declares no lock".to_owned(),
            },
            Outcome::Skipped {
                reason: "the harness damages no records".to_owned(),
            },
            Outcome::Skipped {
                reason: "the store declares no lock".to_owned(),
            },
        ]
        .into_iter();
        for case in cases::all().take(4) {
            let outcome = outcomes.next().unwrap_or(Outcome::Passed);
            report.add(case, outcome, Duration::from_millis(3));
        }
        report.declare(&Capabilities::none());
        report
    }

    #[test]
    fn a_certificate_tells_why_cases_were_skipped_each_reason_once() {
        let expected = format!(
            "cart-testkit {}: 1 run, 0 failed, 3 skipped (no lock, the harness damages no records)",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(report().certificate(), expected);
    }

    #[test]
    fn a_report_is_read_back_as_it_was_written() -> serde_json::Result<()> {
        let stores = vec![report()];
        let text = serde_json::to_string(&Report {
            stores: stores.clone(),
        })?;
        assert_eq!(serde_json::from_str::<Report>(&text)?.stores, stores);
        let other = text.replace(report().cases[0].case, "of_another_release");
        assert!(serde_json::from_str::<Report>(&other).is_err());
        Ok(())
    }
}
