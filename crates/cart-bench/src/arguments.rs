//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::proofs;
use crate::worker::Worker;

/// Runs the long proofs: every one, or those that are named.
///
/// Ends with 0 when all of them hold. A proof that injects faults fails when none of them fired.
#[derive(Debug, Parser)]
#[command(name = "torture", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Which proofs; all without.
    #[arg(value_name = "NAME", value_parser = names())]
    names: Vec<String>,

    /// How much of each: 1 is what is claimed, 0.05 is a quick look.
    #[arg(long, default_value = "1")]
    pub(crate) scale: Scale,

    /// Also writes the results to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// The baskets of the proof `groceries`, one a line; made up without.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) baskets: Option<PathBuf>,

    /// What a proof has another process do.
    #[command(subcommand)]
    pub(crate) worker: Option<Worker>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(proofs::all().map(|proof| proof.name))
}

impl Arguments {
    /// Whether the proof `name` is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }
}

/// The size of a run, relative to the claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale(f64);

impl Scale {
    /// That share of `full`, at least 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rough share of at most some ten millions"
    )]
    pub(crate) fn of(self, full: u64) -> u64 {
        ((full as f64 * self.0).round() as u64).max(1)
    }
}

impl FromStr for Scale {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(share) if share > 0.0 && share <= 1_000.0 => Ok(Self(share)),
            Ok(_) | Err(_) => Err("a number above 0 and at most 1000"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_takes_its_share_and_never_nothing() {
        let scale: Scale = "0.05".parse().unwrap();
        assert_eq!([8_000, 20, 1].map(|full| scale.of(full)), [400, 1, 1]);
    }

    #[test]
    fn a_scale_of_nothing_is_refused() {
        for text in ["0", "-1", "NaN", "inf", "much"] {
            assert!(text.parse::<Scale>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_proof_that_does_not_exist_is_refused() {
        assert!(Arguments::try_parse_from(["torture", "keys"]).is_ok());
        assert!(Arguments::try_parse_from(["torture", "kyes"]).is_err());
    }
}
