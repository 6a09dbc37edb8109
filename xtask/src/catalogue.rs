//! The cases that the testkit knows, and the clauses of the contract that each one cites.

use serde::Deserialize;

use crate::cargo;
use crate::error::{Error, Result};

/// The suite's table of contents, as `cargo run -p cart-testkit --example cases` prints it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Catalogue {
    /// Every case.
    pub(crate) cases: Vec<Case>,
    /// Every clause that the suite knows, in the order of the contract.
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

    /// The names of the cases that cite a clause.
    pub(crate) fn cases_of(&self, clause: &str) -> Vec<&str> {
        let citing = |case: &&Case| case.clauses.iter().any(|cited| cited == clause);
        self.cases
            .iter()
            .filter(citing)
            .map(|case| case.name.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_clauses_are_found_from_each_other() {
        let catalogue = Catalogue::parse(
            r#"{"cases":[{"case":"first_save_wins","clauses":["SAVE-1","SAVE-3"],"checks":["B2"]}],
                "clauses":[{"clause":"SAVE-1"},{"clause":"SAVE-3"},{"clause":"KEY-1","text":"…"}]}"#,
        )
        .unwrap();
        assert_eq!(catalogue.cases_of("SAVE-1"), ["first_save_wins"]);
        assert!(catalogue.cases_of("KEY-1").is_empty());
        assert_eq!(
            catalogue.clauses_of("first_save_wins"),
            ["SAVE-1", "SAVE-3"]
        );
        assert!(catalogue.clauses_of("unheard_of").is_empty());
    }
}
