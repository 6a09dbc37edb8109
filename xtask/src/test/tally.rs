//! Which tests have passed, and which could not run on this machine.

use std::collections::BTreeMap;
use std::env;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::prerequisites::{self, Missing};

/// The tests after a run in which none has failed.
#[derive(Debug)]
#[must_use = "a test that didn't run may have to be an error"]
pub(crate) struct Tally {
    passed: usize,
    /// `PROGRAM TEST`, in order.
    not_run: Vec<String>,
    /// What those needed, and how to get it.
    remedies: Vec<String>,
}

impl Tally {
    /// Reads nextest's list of the tests that ran, and of those that were left out for what is
    /// missing.
    pub(super) fn new(list: &str, missing: &[Missing]) -> Result<Self> {
        let list: List = serde_json::from_str(list).map_err(|source| Error::Json {
            from: "nextest's list of tests".into(),
            source,
        })?;
        let mut tally = Self {
            passed: 0,
            not_run: Vec::new(),
            remedies: missing.iter().map(Missing::remedy).collect(),
        };
        for (program, suite) in list.suites {
            for (test, case) in suite.tests {
                match (case.matches.status.as_str(), case.matches.reason.as_str()) {
                    ("matches", _) => tally.passed += 1,
                    // Ignored tests are left to nextest's own summary.
                    (_, "expression") => tally.not_run.push(format!("{program} {test}")),
                    _ => {}
                }
            }
        }
        Ok(tally)
    }

    /// Says what didn't run and why, and how many tests passed.
    ///
    /// # Errors
    ///
    /// When a test didn't run and nobody is there to notice: with `CI=true`.
    pub(crate) fn conclude(&self) -> Result<()> {
        if !self.not_run.is_empty() {
            println!("\nnot run:");
            for test in &self.not_run {
                println!("    {test}");
            }
            for remedy in &self.remedies {
                println!("{remedy}");
            }
        }
        for notice in prerequisites::notices() {
            println!("\n{notice}");
        }
        let counts = format!("{} passed, {} not run", self.passed, self.not_run.len());
        if self.not_run.is_empty() || !env::var("CI").is_ok_and(|value| value == "true") {
            println!("{counts}");
            return Ok(());
        }
        Err(Error::DoesNotHold(format!(
            "{counts}, and with CI=true every test has to run"
        )))
    }
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "rust-suites")]
    suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    #[serde(rename = "testcases")]
    tests: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "filter-match")]
    matches: Match,
}

#[derive(Deserialize)]
struct Match {
    status: String,
    #[serde(default)]
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"{"rust-suites": {
        "cart-store-db::postgres": {"testcases": {
            "postgres::load_1::a": {"filter-match": {"status": "mismatch", "reason": "expression"}},
            "postgres::load_1::b": {"filter-match": {"status": "mismatch", "reason": "ignored"}}}},
        "cart-core": {"testcases": {"c": {"filter-match": {"status": "matches"}}}}}}"#;

    #[test]
    fn tests_that_were_left_out_are_not_run_and_ignored_ones_neither() {
        let tally = Tally::new(LIST, &[]).unwrap();
        assert_eq!(tally.passed, 1);
        assert_eq!(
            tally.not_run,
            ["cart-store-db::postgres postgres::load_1::a"]
        );
    }
}
