#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that people watch at a terminal"
)]

mod arguments;
mod asleep;
mod backend;
pub mod carts;
#[cfg(target_os = "linux")]
pub mod clients;
#[cfg(unix)]
mod clock;
mod comparison;
#[cfg(doctest)]
mod documents;
pub mod floor;
mod folder;
pub mod pairs;
mod proof;
mod proofs;
mod report;
pub mod sides;
pub mod typed;
mod worker;
mod writers;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::arguments::Arguments;
use crate::proof::{Figures, Outcome, Proof, Proven};

/// Runs the proofs that the command line names, or all of them.
///
/// The exit code tells whether every one held.
pub fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the stores, as the command line says.
///
/// The exit code tells whether everything could be measured.
pub fn compare() -> ExitCode {
    match comparison::run(&comparison::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, proof::Refuted> {
    if let Some(worker) = &arguments.worker {
        return worker::run(worker).map(|()| true);
    }
    let outcomes: Vec<Outcome> = proofs::all()
        .filter(|proof| arguments.wants(proof.name))
        .map(|proof| prove(proof, arguments))
        .collect();
    println!("{}", report::table(&outcomes));
    if let Some(file) = &arguments.json {
        std::fs::write(file, report::json(&outcomes)?)?;
    }
    Ok(outcomes.iter().all(Outcome::held))
}

fn prove(proof: &'static Proof, arguments: &Arguments) -> Outcome {
    eprintln!("{}: {}", proof.name, proof.claim);
    let mut figures = Figures::default();
    let start = Instant::now();
    let proven: Proven = (proof.run)(arguments, &mut figures);
    let outcome = Outcome::new(proof, figures, start.elapsed(), proven);
    eprintln!("{}: {}", proof.name, outcome.verdict());
    outcome
}
