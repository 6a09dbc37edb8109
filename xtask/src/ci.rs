//! `cargo xtask ci`: what a change must pass.

use crate::cargo::{self, SELECTION, cargo};
use crate::error::Result;
use crate::steps::Steps;
use crate::{test, tidy};

/// Runs every step, cheapest first, up to the first one that fails.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::default();
    steps.run("format", || {
        cargo::run(cargo().args(["fmt", "--all", "--check"]))
    })?;
    steps.run("clippy", || {
        cargo::run(cargo().arg("clippy").args(SELECTION).args([
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    })?;
    steps.run("tidy", || tidy::run(&tidy::Arguments::default()))?;
    steps.run("documentation", || {
        cargo::run(
            cargo()
                .arg("doc")
                .args(SELECTION)
                .arg("--no-deps")
                .env("RUSTDOCFLAGS", "--deny warnings"),
        )
    })?;
    let tally = test::add_to(&mut steps)?;
    println!("\n{}", steps.summary());
    tally.conclude()
}
