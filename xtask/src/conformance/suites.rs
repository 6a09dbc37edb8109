//! Builds the programs that hold the suites, and runs them.

use std::fs;
use std::time::Instant;

use super::report::Results;
use super::stores::Selection;
use crate::cargo::{self, Program, SELECTION, cargo};
use crate::error::{Error, Result};

/// The test of the testkit that runs the suite on broken stores.
const BROKEN_STORES: &str = "broken_stores";
/// Where a program writes its report.
const REPORT: &str = "CART_TESTKIT_REPORT";
/// Which stores a program tests, separated by commas.
const STORES: &str = "CART_TESTKIT_STORES";

/// Runs the selected stores, each program in one process, and merges what they report.
pub(super) fn run(selection: &Selection) -> Result<Results> {
    let mut build = cargo();
    build.args(["test", "--no-run"]).args(SELECTION);
    for test in selection.tests().into_iter().chain([BROKEN_STORES]) {
        build.args(["--test", test]);
    }
    let mut programs = cargo::build(&mut build)?;
    programs.sort_by(|left, right| left.crate_folder.cmp(&right.crate_folder));
    let mut results = Results::default();
    for program in &programs {
        let stores = selection.stores_of(&program.crate_name(), &program.name);
        if !stores.is_empty() {
            results.extend(report_of(program, &stores)?);
        } else if program.name == BROKEN_STORES && selection.broken_stores {
            results.extend(report_of(program, &[])?);
        }
    }
    Ok(results)
}

/// Runs a program, and reads what it wrote.
fn report_of(program: &Program, stores: &[&str]) -> Result<Results> {
    let path = program.path.with_extension("report.json");
    // A report of an earlier run must not pass for this one's.
    if path.exists() {
        fs::remove_file(&path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
    }
    let mut command = program.command();
    command.env(REPORT, &path);
    if !stores.is_empty() {
        command.env(STORES, stores.join(","));
    }
    let start = Instant::now();
    let output = cargo::capture(&mut command)?;
    println!(
        "{} {}: {:.1} s",
        program.crate_name(),
        if stores.is_empty() {
            program.name.clone()
        } else {
            stores.join(", ")
        },
        start.elapsed().as_secs_f32(),
    );
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = fs::read_to_string(&path).map_err(|source| Error::File {
        path: path.clone(),
        source,
    })?;
    let mut results: Results = serde_json::from_str(&text).map_err(|source| Error::Json {
        from: path.display().to_string(),
        source,
    })?;
    if !stores.is_empty() {
        results.reports.push(path);
    }
    Ok(results)
}
