//! Runs the suite: as tests of their own, or as a function.

use std::collections::hash_map::RandomState;
use std::env;
use std::fs;
use std::hash::BuildHasher;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::case::Case;
use crate::cases;
use crate::execute::{declared, execute};
use crate::harness::Harness;
use crate::randomness::SeededRandomness;
use crate::report::{Outcome, Report, StoreReport};

/// Where the report is written, as JSON.
const REPORT: &str = "CART_TESTKIT_REPORT";
/// Where the report is written, as a page.
const HTML: &str = "CART_TESTKIT_HTML";
/// What random numbers are made from: the number that an earlier run printed repeats it.
const SEED: &str = "CART_TESTKIT_SEED";
/// Which stores are run, by name, separated by commas.
const STORES: &str = "CART_TESTKIT_STORES";

/// Runs every case against the stores of `harness`, one after the other.
///
/// For test runners of one's own; [`main!`](crate::main) is the usual way. A case that fails is
/// in the report; this function itself does not fail.
///
/// Call it outside of any asynchronous runtime: each case brings its own.
pub fn run(harness: impl Harness) -> Report {
    let harness: Arc<dyn Harness> = Arc::new(harness);
    Report {
        stores: vec![run_all(&harness)],
    }
}

/// Runs every case against the stores of `harness`.
pub(crate) fn run_all(harness: &Arc<dyn Harness>) -> StoreReport {
    let seed = fresh_seed();
    let mut report = StoreReport::new(harness.name());
    if let Some(capabilities) = declared(harness) {
        report.declare(&capabilities);
    }
    for case in cases::all() {
        let (outcome, took) = execute(case, harness, seed);
        report.add(case, outcome, took);
    }
    report
}

/// What [`main!`](crate::main) calls: runs every case against the stores of every harness, as the
/// arguments of the command line say, and tells how the process shall end.
///
/// The arguments are those of a Rust test. Four variables of the environment are read:
/// `CART_TESTKIT_STORES` (names, separated by commas) leaves other stores out,
/// `CART_TESTKIT_REPORT` and `CART_TESTKIT_HTML` name files for the report, as JSON and as a page,
/// and `CART_TESTKIT_SEED` repeats the random numbers and the order of an earlier run.
pub fn conclude(harnesses: Vec<Arc<dyn Harness>>) -> ExitCode {
    let arguments = Arguments::from_args();
    let seed = env::var(SEED)
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(fresh_seed);
    let selected = selected(harnesses);
    let reports: Vec<Shared> = selected
        .iter()
        .map(|harness| Arc::new(Mutex::new(StoreReport::new(harness.name()))))
        .collect();
    let mut trials = Vec::new();
    for (harness, report) in selected.iter().zip(&reports) {
        // Whoever lists tests first and runs each in a process of its own, as cargo-nextest does,
        // knows what is ignored from the list alone.
        let is_asked =
            arguments.list || env::var_os(REPORT).is_some() || env::var_os(HTML).is_some();
        let declared = is_asked.then(|| declared(harness)).flatten();
        if let Some(capabilities) = &declared {
            lock(report).declare(capabilities);
        }
        trials.extend(cases::all().map(|case| {
            let ignored = declared
                .as_ref()
                .filter(|_| arguments.list)
                .is_some_and(|capabilities| case.unmet(capabilities).is_some());
            trial(case, harness, report, seed).with_ignored_flag(ignored)
        }));
    }
    shuffle(&mut trials, seed);
    if !arguments.list {
        say(&format!("{SEED}={seed} repeats this run"));
    }
    let narrowed = arguments.list || arguments.filter.is_some() || !arguments.skip.is_empty();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let report = Report {
        stores: reports.iter().map(|report| lock(report).clone()).collect(),
    };
    let idle = report.stores.iter().find(|store| store.run == 0);
    if let (Some(idle), false) = (idle, narrowed) {
        say(&format!("no case ran on the store {}", idle.name));
        return ExitCode::FAILURE;
    }
    if !narrowed {
        for store in &report.stores {
            say(&format!("{}: {}", store.name, store.certificate()));
        }
    }
    if report.stores.is_empty() {
        say(&format!("{STORES} leaves no store to run"));
        return ExitCode::FAILURE;
    }
    if let Err(error) = write(&report) {
        say(&format!("the report can't be written: {error}"));
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Makes a test program of harnesses: each case becomes a test of its own, named
/// `STORE::CLAUSE::CASE`.
///
/// Put it into a test of its own with `harness = false`:
///
/// ```no_run
/// cart_testkit::main!(cart_testkit::MemoryHarness::new());
/// ```
#[macro_export]
macro_rules! main {
    ($($harness:expr),+ $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::conclude(vec![
                $(::std::sync::Arc::new($harness) as ::std::sync::Arc<dyn $crate::Harness>),+
            ])
        }
    };
}

type Shared = Arc<Mutex<StoreReport>>;

fn lock(report: &Shared) -> std::sync::MutexGuard<'_, StoreReport> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}

fn selected(mut harnesses: Vec<Arc<dyn Harness>>) -> Vec<Arc<dyn Harness>> {
    if let Ok(names) = env::var(STORES) {
        harnesses.retain(|harness| names.split(',').any(|name| name.trim() == harness.name()));
    }
    harnesses
}

fn trial(case: &'static Case, harness: &Arc<dyn Harness>, report: &Shared, seed: u64) -> Trial {
    let (harness, report) = (Arc::clone(harness), Arc::clone(report));
    let clause = case.clauses[0].id().to_lowercase().replace('-', "_");
    let name = format!("{}::{clause}::{}", harness.name(), case.name);
    Trial::ignorable_test(name, move || {
        let (outcome, took) = execute(case, &harness, seed);
        let completion = match &outcome {
            Outcome::Passed => Ok(Completion::Completed),
            Outcome::Skipped { reason } => Ok(Completion::ignored_with(reason)),
            Outcome::Failed { message } => Err(Failed::from(message)),
        };
        lock(&report).add(case, outcome, took);
        completion
    })
}

/// Cases must not lean on each other: no two runs have the same order.
fn shuffle(trials: &mut [Trial], seed: u64) {
    let randomness = SeededRandomness::new(seed);
    for last in (1..trials.len()).rev() {
        trials.swap(last, randomness.below(last + 1));
    }
}

fn fresh_seed() -> u64 {
    RandomState::new().hash_one(0)
}

fn write(report: &Report) -> std::io::Result<()> {
    if let Some(path) = env::var_os(REPORT) {
        fs::write(path, serde_json::to_vec_pretty(report)?)?;
    }
    if let Some(path) = env::var_os(HTML) {
        fs::write(path, report.to_html())?;
    }
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "a test program talks to whoever runs it; its output belongs to the test runner"
)]
fn say(line: &str) {
    eprintln!("{line}");
}
