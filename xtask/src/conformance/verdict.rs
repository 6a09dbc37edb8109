//! What the results must show.

use std::collections::BTreeSet;

use super::report::{BrokenStore, Outcome, Results, StoreResult};
use super::stores::{Selection, Store};
use crate::catalogue::{Catalogue, Clause};

/// The store that runs every case which needs no server.
const REFERENCE: &str = "memory";
/// How many different cases the reference store must run.
const CASES: usize = 90;
/// How many broken stores the suite must find out.
const BROKEN_STORES: usize = 15;

/// What the results fail to show, one line each.
pub(super) fn problems(
    selection: &Selection,
    catalogue: &Catalogue,
    results: &Results,
) -> Vec<String> {
    let mut problems = Vec::new();
    for Store {
        name, crate_name, ..
    } in &selection.stores
    {
        match results.stores.iter().find(|store| store.name == *name) {
            Some(store) => problems.extend(problem_of(store)),
            None => problems.push(format!("{crate_name} didn't test {name}")),
        }
    }
    for store in results
        .stores
        .iter()
        .filter(|store| !selection.contains(&store.name))
    {
        problems.push(format!(
            "{} was tested and isn't known; add it to xtask/src/conformance/stores.rs",
            store.name
        ));
    }
    problems.extend(unproven(selection, catalogue, results));
    if selection.broken_stores {
        if results.broken_stores.len() < BROKEN_STORES {
            problems.push(format!(
                "{} broken stores; there must be {BROKEN_STORES}",
                results.broken_stores.len()
            ));
        }
        problems.extend(
            results
                .broken_stores
                .iter()
                .filter_map(|store| slip(store, catalogue)),
        );
    }
    problems
}

fn problem_of(store: &StoreResult) -> Option<String> {
    let name = &store.name;
    let ran: BTreeSet<_> = store
        .cases
        .iter()
        .filter(|case| case.outcome != Outcome::Skipped)
        .map(|case| &case.name)
        .collect();
    if store.failed > 0 {
        Some(format!("{name}: {} cases failed", store.failed))
    } else if store.run == 0 {
        Some(format!("{name}: no case ran"))
    } else if name == REFERENCE && ran.len() < CASES {
        Some(format!(
            "{name}: {} different cases ran; there must be {CASES}",
            ran.len()
        ))
    } else {
        None
    }
}

/// Clauses without a case; in a run of all stores also those whose cases ran on none.
fn unproven<'a>(
    selection: &'a Selection,
    catalogue: &'a Catalogue,
    results: &'a Results,
) -> impl Iterator<Item = String> + 'a {
    let ran: BTreeSet<&str> = results
        .stores
        .iter()
        .flat_map(|store| &store.cases)
        .filter(|case| case.outcome != Outcome::Skipped)
        .map(|case| case.name.as_str())
        .collect();
    catalogue.clauses.iter().filter_map(move |Clause { id }| {
        let cases = catalogue.cases_of(id);
        if cases.is_empty() {
            Some(format!("{id}: no case cites it"))
        } else if selection.broken_stores && !cases.iter().any(|case| ran.contains(case)) {
            Some(format!("{id}: no store ran any of its cases"))
        } else {
            None
        }
    })
}

/// How a broken store slipped through: each case named for it must fail, and besides those only cases
/// that share a clause with them.
fn slip(store: &BrokenStore, catalogue: &Catalogue) -> Option<String> {
    let name = &store.name;
    let missed: Vec<_> = store
        .expected
        .iter()
        .filter(|case| !store.failed_cases.contains(case))
        .map(String::as_str)
        .collect();
    let related: BTreeSet<_> = store
        .expected
        .iter()
        .flat_map(|case| catalogue.clauses_of(case))
        .collect();
    let unrelated: Vec<_> = store
        .failed_cases
        .iter()
        .filter(|case| !store.expected.contains(case))
        .filter(|case| {
            !catalogue
                .clauses_of(case)
                .iter()
                .any(|clause| related.contains(clause))
        })
        .map(String::as_str)
        .collect();
    if store.expected.is_empty() {
        Some(format!(
            "the broken store {name} names no case that must find it"
        ))
    } else if !missed.is_empty() {
        Some(format!(
            "the broken store {name} passes {}",
            missed.join(", ")
        ))
    } else if !unrelated.is_empty() {
        Some(format!(
            "the broken store {name} fails cases of other clauses: {}",
            unrelated.join(", ")
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::stores::select;
    use super::*;

    /// 90 cases, of which the first two prove SAVE-1 and the rest KEY-1.
    fn catalogue() -> Catalogue {
        let clause = |number| if number < 2 { "SAVE-1" } else { "KEY-1" };
        let cases: Vec<_> = (0..90)
            .map(|number| json!({"case": format!("case_{number}"), "clauses": [clause(number)]}))
            .collect();
        let clauses = json!([{"clause": "SAVE-1"}, {"clause": "KEY-1"}]);
        serde_json::from_value(json!({"cases": cases, "clauses": clauses})).unwrap()
    }

    /// A memory store that ran this many cases.
    fn memory(run: usize, failed: usize) -> Value {
        let cases: Vec<_> = (0..run)
            .map(|number| json!({"case": format!("case_{number}"), "clauses": [], "outcome": "passed"}))
            .collect();
        json!({"name": "memory", "run": run, "failed": failed, "skipped": [], "cases": cases})
    }

    fn problems_of_memory(store: &Value) -> Vec<String> {
        let results = serde_json::from_value(json!({"stores": [store]})).unwrap();
        problems(&select(&["memory".into()]).unwrap(), &catalogue(), &results)
    }

    #[test]
    fn ninety_passed_cases_are_enough() {
        assert!(problems_of_memory(&memory(90, 0)).is_empty());
    }

    #[test]
    fn failed_missing_and_too_few_cases_are_problems() {
        assert_eq!(
            problems_of_memory(&memory(90, 3)),
            ["memory: 3 cases failed"]
        );
        assert_eq!(problems_of_memory(&memory(0, 0)), ["memory: no case ran"]);
        assert_eq!(
            problems_of_memory(&memory(89, 0)),
            ["memory: 89 different cases ran; there must be 90"]
        );
    }

    #[test]
    fn a_selected_store_that_reports_nothing_is_a_problem() {
        let none = problems(
            &select(&["sqlite".into()]).unwrap(),
            &catalogue(),
            &Results::default(),
        );
        assert_eq!(none, ["cart-store-db didn't test sqlite"]);
    }

    #[test]
    fn a_clause_whose_cases_ran_nowhere_is_a_problem_of_a_whole_run() {
        let results = serde_json::from_value(json!({"stores": [memory(2, 0)]})).unwrap();
        let found = problems(&select(&[]).unwrap(), &catalogue(), &results);
        assert!(
            found.contains(&"KEY-1: no store ran any of its cases".to_owned()),
            "{found:?}"
        );
        assert!(
            found.contains(&"0 broken stores; there must be 15".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn a_broken_store_must_be_found_by_its_cases_and_by_no_unrelated_one() {
        let slip_of = |expected: &[&str], failed: &[&str]| {
            let store = json!({"name": "blind", "expected": expected, "failed_cases": failed});
            slip(&serde_json::from_value(store).unwrap(), &catalogue())
        };
        assert_eq!(slip_of(&["case_0"], &["case_0"]), None);
        assert_eq!(
            slip_of(&["case_0"], &["case_0", "case_1"]),
            None,
            "case_1 is of the same clause"
        );
        assert!(slip_of(&["case_0"], &[]).unwrap().contains("passes case_0"));
        assert!(
            slip_of(&["case_0"], &["case_0", "case_7"])
                .unwrap()
                .contains("other clauses: case_7")
        );
        assert!(slip_of(&[], &["case_0"]).unwrap().contains("names no case"));
    }
}
