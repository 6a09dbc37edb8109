//! The suite finds the defect of every broken store, with the cases that are named for it and with
//! no others, and finds none where there is none.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Debug;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::{env, fs};

use cart_testkit::broken::{self, BrokenStore};
use cart_testkit::{Outcome, SimulatedHarness, StoreReport, cases, run};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Serialize;

/// What the suite found in one broken store, as the report has it.
#[derive(Serialize)]
struct Found {
    name: &'static str,
    expected: &'static [&'static str],
    failed_cases: Vec<&'static str>,
}

type Report = Arc<Mutex<Vec<Found>>>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::from_args();
    let report = Report::default();
    let mut trials: Vec<Trial> = broken::all()
        .map(|store| defect_is_found(store, &report))
        .collect();
    trials.push(Trial::test(
        "simulated_store_keeps_the_whole_contract",
        simulated_store_keeps_the_whole_contract,
    ));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let (Some(path), false) = (env::var_os("CART_TESTKIT_REPORT"), arguments.list) {
        let mut found = report.lock().map_err(|_| "a test panicked")?;
        found.sort_by_key(|store| store.name);
        let json = serde_json::json!({ "broken_stores": *found });
        fs::write(path, serde_json::to_vec_pretty(&json)?)?;
    }
    Ok(conclusion.exit_code())
}

fn simulated_store_keeps_the_whole_contract() -> Result<(), Failed> {
    let report = run(SimulatedHarness::new());
    let [store] = &report.stores[..] else {
        return Err("one harness has one report".into());
    };
    ensure(&messages(store, &[]), &Vec::new(), "failed cases")?;
    ensure(&store.skipped, &Vec::new(), "skipped cases")?;
    ensure(&store.run, &cases().count(), "cases that ran")
}

fn defect_is_found(store: &'static BrokenStore, report: &Report) -> Trial {
    let report = Arc::clone(report);
    let name = format!("defect_is_found::{}", store.name.replace('-', "_"));
    Trial::test(name, move || {
        let result = store.run();
        let verdict = judge(store, &result);
        report.lock().map_err(|_| "a test panicked")?.push(Found {
            name: store.name,
            expected: store.expected,
            failed_cases: result.failed_cases(),
        });
        verdict
    })
}

fn judge(store: &BrokenStore, result: &StoreReport) -> Result<(), Failed> {
    let failed: BTreeSet<&str> = result.failed_cases().into_iter().collect();
    let expected: BTreeSet<&str> = store.expected.iter().copied().collect();
    let missed: Vec<&&str> = expected.difference(&failed).collect();
    ensure(&missed, &Vec::new(), "cases that should find the defect")?;
    let surprises = messages(result, store.expected);
    ensure(&surprises, &Vec::new(), "cases that fail and are not named")?;
    let related = |name: &str| {
        cases().find(|case| case.name == name).is_some_and(|case| {
            case.clauses
                .iter()
                .any(|clause| store.clauses.contains(clause))
        })
    };
    let unrelated: Vec<&str> = failed.into_iter().filter(|name| !related(name)).collect();
    ensure(
        &unrelated,
        &Vec::new(),
        "cases of unrelated clauses that fail",
    )
}

/// The failed cases but for those that were expected, each with its message.
fn messages(result: &StoreReport, expected: &[&str]) -> Vec<String> {
    result
        .cases
        .iter()
        .filter(|case| !expected.contains(&case.case))
        .filter_map(|case| match &case.outcome {
            Outcome::Failed { message } => Some(format!("{}: {message}", case.case)),
            Outcome::Passed | Outcome::Skipped { .. } => None,
        })
        .collect()
}

fn ensure<T: PartialEq + Debug>(actual: &T, expected: &T, what: &str) -> Result<(), Failed> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:#?}, got {actual:#?}").into())
}
