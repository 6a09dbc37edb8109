//! `cargo xtask test`: every test, and every example in the documentation.

use crate::cargo::{self, SELECTION, cargo};
use crate::error::{Error, Result};
use crate::steps::Steps;

/// Runs all tests.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::default();
    add_to(&mut steps)?;
    println!("\n{}", steps.summary());
    Ok(())
}

/// Runs all tests as steps of a longer run.
pub(crate) fn add_to(steps: &mut Steps) -> Result<()> {
    require_nextest()?;
    steps.run("tests", || {
        cargo::run(cargo().args(["nextest", "run"]).args(SELECTION))
    })?;
    // nextest doesn't run the examples in the documentation.
    steps.run("documentation tests", || {
        cargo::run(cargo().args(["test", "--doc", "--quiet"]).args(SELECTION))
    })
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
