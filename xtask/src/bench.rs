//! `cargo xtask bench`: what operations cost on each store, in release mode.

use std::ffi::OsString;

use crate::cargo;
use crate::error::Result;

/// What to measure: handed to the bin `comparison` of `cart-bench`, which does the work.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// `[STORE] [--quick] [--json FILE] [--markdown FILE]`; `--help` lists the stores.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) passed_on: Vec<OsString>,
}

/// Builds the comparison and runs it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    cargo::run_released("comparison", &arguments.passed_on)
}
