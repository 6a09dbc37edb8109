//! The cases that the testkit knows, and the clauses of the contract that each one cites.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cargo;
use crate::error::{Error, Result};

/// The suite's table of contents, as `cargo run -p cart-testkit --example cases` prints it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Catalogue {
    /// Every case.
    pub(crate) cases: Vec<Case>,
    /// Every clause that the suite knows.
    pub(crate) clauses: Vec<Clause>,
}

/// One case of the suite.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    /// Its name: `stale_version_is_rejected`.
    #[serde(rename = "case")]
    pub(crate) name: String,
    /// The clauses that it proves.
    pub(crate) clauses: Vec<String>,
}

/// One clause of the contract.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Clause {
    /// Its id: `SAVE-1`.
    #[serde(rename = "clause")]
    pub(crate) id: String,
}

impl Catalogue {
    /// Asks the testkit.
    pub(crate) fn load() -> Result<Self> {
        Self::parse(&cargo::example("cases")?)
    }

    fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|source| Error::Json {
            from: "the example `cases`".into(),
            source,
        })
    }

    /// The clauses that a case cites; none for a case that isn't of this suite.
    pub(crate) fn clauses_of(&self, case: &str) -> &[String] {
        self.cases
            .iter()
            .find(|known| known.name == case)
            .map_or(&[], |known| &known.clauses)
    }

    /// The names of the cases of each clause, clauses without a case included.
    pub(crate) fn cases_by_clause(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut by_clause: BTreeMap<&str, Vec<&str>> = self
            .clauses
            .iter()
            .map(|clause| (clause.id.as_str(), Vec::new()))
            .collect();
        for case in &self.cases {
            for clause in &case.clauses {
                by_clause.entry(clause).or_default().push(&case.name);
            }
        }
        by_clause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_without_a_case_stays_visible() {
        let catalogue = Catalogue::parse(
            r#"{"cases":[{"case":"first_save_wins","clauses":["SAVE-1","SAVE-3"],"checks":["B2"]}],
                "clauses":[{"clause":"SAVE-1"},{"clause":"SAVE-3"},{"clause":"KEY-1","text":"…"}]}"#,
        )
        .unwrap();
        let cases = catalogue.cases_by_clause();
        assert_eq!(cases["SAVE-1"], ["first_save_wins"]);
        assert!(cases["KEY-1"].is_empty());
        assert_eq!(
            catalogue.clauses_of("first_save_wins"),
            ["SAVE-1", "SAVE-3"]
        );
        assert!(catalogue.clauses_of("unheard_of").is_empty());
    }
}
