//! The commands that build, prove and police this workspace: `cargo xtask --help`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: what it prints is its result"
)]

mod bench;
mod cargo;
mod catalogue;
mod ci;
mod conformance;
mod error;
mod prerequisites;
mod services;
mod steps;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use clap::Parser;

use crate::error::Result;

/// The commands of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
enum Command {
    /// Run every test and every documentation example.
    Test,
    /// Run what a change must pass: format, clippy, tidy, documentation, tests.
    Ci,
    /// Check the rules that no compiler checks.
    Tidy(tidy::Arguments),
    /// Run the contract's suite, and print a table of stores and clauses.
    Conformance(conformance::Arguments),
    /// Run the long proofs in release mode.
    Torture(torture::Arguments),
    /// Measure the stores, beside what is written by hand instead.
    Bench(bench::Arguments),
    /// Start or end private database servers, for trying things out.
    #[command(subcommand)]
    Services(services::Action),
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Test => test::run(),
        Command::Ci => ci::run(),
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Torture(arguments) => torture::run(&arguments),
        Command::Services(action) => services::run(&action),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Command::command().debug_assert();
    }

    #[test]
    fn torture_hands_every_argument_on() {
        let line = ["xtask", "torture", "--scale", "0.1", "increments", "--help"];
        let Command::Torture(arguments) = Command::parse_from(line) else {
            panic!("another command than the one that was typed");
        };
        assert_eq!(arguments.passed_on, &line[2..]);
    }
}
