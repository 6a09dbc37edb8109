//! The tables that a person reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{Table, presets};

use super::report::{BrokenStore, Outcome, StoreResult};
use crate::catalogue::Catalogue;

/// Clauses down, stores across; a cell counts the cases that passed, were skipped or failed.
pub(super) fn clauses(catalogue: &Catalogue, stores: &[StoreResult]) -> Table {
    let mut table = new_table();
    table.set_header(
        ["clause"]
            .into_iter()
            .chain(stores.iter().map(|store| store.name.as_str())),
    );
    for clause in &catalogue.clauses {
        let cells = stores.iter().map(|store| cell(store, &clause.id));
        table.add_row([clause.id.clone()].into_iter().chain(cells));
    }
    let totals = stores.iter().map(|store| {
        format!(
            "{} run, {} failed, {} skipped",
            store.run,
            store.failed,
            store.skipped.len()
        )
    });
    table.add_row(["all cases".to_owned()].into_iter().chain(totals));
    table
}

fn cell(store: &StoreResult, clause: &str) -> String {
    let count = |outcome| {
        let cases = store.cases.iter().filter(|case| case.outcome == outcome);
        cases
            .filter(|case| case.clauses.iter().any(|cited| cited == clause))
            .count()
    };
    let counts = [
        (count(Outcome::Failed), "FAILED"),
        (count(Outcome::Passed), "passed"),
        (count(Outcome::Skipped), "skipped"),
    ];
    let shown: Vec<_> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, outcome)| format!("{number} {outcome}"))
        .collect();
    if shown.is_empty() {
        "-".into()
    } else {
        shown.join(", ")
    }
}

/// The skipped cases, by store and reason.
pub(super) fn skips(stores: &[StoreResult]) -> String {
    let mut text = String::new();
    for store in stores {
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for skip in &store.skipped {
            by_reason.entry(&skip.reason).or_default().push(&skip.case);
        }
        for (reason, cases) in by_reason {
            // Writing to a string can't fail.
            let _ = writeln!(
                text,
                "{} skips ({reason}): {}",
                store.name,
                cases.join(", ")
            );
        }
    }
    text
}

/// Each broken store with the cases that must find it and the others that did.
pub(super) fn broken_stores(stores: &[BrokenStore]) -> Table {
    let mut table = new_table();
    table.set_header([
        "broken store",
        "must be found by",
        "missed by",
        "also found by",
    ]);
    for store in stores {
        let missed = store
            .expected
            .iter()
            .filter(|case| !store.failed_cases.contains(case));
        let others = store
            .failed_cases
            .iter()
            .filter(|case| !store.expected.contains(case));
        table.add_row([
            store.name.clone(),
            store.expected.join("\n"),
            lines(missed),
            lines(others),
        ]);
    }
    table
}

fn lines<'a>(cases: impl Iterator<Item = &'a String>) -> String {
    cases.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table
}

#[cfg(test)]
mod tests {
    use super::super::report::{CaseResult, Skip};
    use super::*;

    fn case(name: &str, outcome: Outcome) -> CaseResult {
        CaseResult {
            name: name.into(),
            clauses: vec!["SAVE-1".into()],
            outcome,
        }
    }

    #[test]
    fn a_cell_counts_each_outcome_once() {
        let store = StoreResult {
            name: "sqlite".into(),
            run: 2,
            failed: 1,
            skipped: vec![Skip {
                case: "lock".into(),
                reason: "no lock".into(),
            }],
            cases: vec![
                case("first", Outcome::Passed),
                case("second", Outcome::Failed),
                case("lock", Outcome::Skipped),
            ],
        };
        assert_eq!(cell(&store, "SAVE-1"), "1 FAILED, 1 passed, 1 skipped");
        assert_eq!(cell(&store, "KEY-1"), "-");
        assert_eq!(skips(&[store]), "sqlite skips (no lock): lock\n");
    }

    #[test]
    fn a_broken_store_that_slips_through_is_visible() {
        let store = BrokenStore {
            name: "blind".into(),
            expected: vec!["stale_version_is_rejected".into()],
            failed_cases: vec!["first_save_wins".into()],
        };
        let table = broken_stores(&[store]).to_string();
        let row = table.lines().last().unwrap();
        assert_eq!(
            row.matches("stale_version_is_rejected").count(),
            2,
            "{table}"
        );
        assert_eq!(row.matches("first_save_wins").count(), 1, "{table}");
    }
}
