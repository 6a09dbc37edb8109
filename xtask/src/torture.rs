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
    cargo::run_released("torture", &arguments.passed_on)
}
