//! `cargo xtask torture`: the long proofs, in release mode.

use std::ffi::OsString;

use crate::cargo;
use crate::error::Result;

/// What to prove: handed to the bin `torture` of `cart-bench`, which does the work.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// `[NAME] [--scale F] [--json FILE]`; `--help` lists the names.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) passed_on: Vec<OsString>,
}

/// Builds the proofs and runs those that were asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    run_released("torture", &arguments.passed_on)
}

/// Builds a program of `cart-bench` in release mode and runs it.
pub(crate) fn run_released(program: &str, arguments: &[OsString]) -> Result<()> {
    let mut command = cargo::cargo();
    command
        .args(["run", "--release", "--quiet", "--package", "cart-bench"])
        .args(["--bin", program, "--"])
        .args(arguments)
        // A relative `--json FILE` is meant from where the person stands.
        .current_dir(".");
    cargo::run(&mut command)
}
