//! `cargo xtask test`: every test, and every example in the documentation.

mod tally;

use crate::cargo::{self, SELECTION, cargo};
use crate::error::{Error, Result};
use crate::prerequisites::{self, Missing};
use crate::steps::Steps;

use self::tally::Tally;

/// Runs all tests.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::default();
    let tally = add_to(&mut steps)?;
    println!("\n{}", steps.summary());
    tally.conclude()
}

/// Runs all tests that can run here as steps of a longer run, and returns which those were.
pub(crate) fn add_to(steps: &mut Steps) -> Result<Tally> {
    require_nextest()?;
    let missing = prerequisites::provide()?;
    let filter = filter(&missing);
    steps.run("tests", || {
        cargo::run(
            cargo()
                .args(["nextest", "run"])
                .args(SELECTION)
                .args(&filter),
        )
    })?;
    let list = cargo::output(
        cargo()
            .args(["nextest", "list", "--message-format", "json"])
            .args(SELECTION)
            .args(&filter),
    )?;
    // nextest doesn't run the examples in the documentation.
    steps.run("documentation tests", || {
        cargo::run(cargo().args(["test", "--doc", "--quiet"]).args(SELECTION))
    })?;
    Tally::new(&list, &missing)
}

/// Leaves out the tests that can't run here.
fn filter(missing: &[Missing]) -> Vec<String> {
    let impossible: Vec<_> = missing
        .iter()
        .map(|missing| missing.prerequisite.tests())
        .collect();
    if impossible.is_empty() {
        return Vec::new();
    }
    vec![
        "--filterset".into(),
        format!("not ({})", impossible.join(" | ")),
    ]
}

fn require_nextest() -> Result<()> {
    let found = cargo::capture(cargo().args(["nextest", "--version"]))?
        .status
        .success();
    if found {
        Ok(())
    } else {
        Err(Error::Missing {
            program: "cargo-nextest",
            install: "cargo install --locked cargo-nextest",
        })
    }
}
