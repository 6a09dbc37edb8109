//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use super::BACKENDS;

/// Measures every store, or those that are named, beside what is written by hand instead.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    /// Which stores; all without.
    #[arg(value_name = "STORE", value_parser = names())]
    stores: Vec<String>,

    /// A look of less than two minutes.
    #[arg(long)]
    quick: bool,

    /// Also writes the results to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// Also writes the tables to a file, as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(BACKENDS.iter().map(|(name, _)| *name))
}

impl Arguments {
    /// Whether the store `name` is asked for.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.stores.is_empty() || self.stores.iter().any(|wanted| wanted == name)
    }

    /// How often each operation is done.
    pub(super) fn operations(&self) -> usize {
        if self.quick { 300 } else { 10_000 }
    }

    /// How many windows each contender has, in turn with the others.
    pub(super) fn windows(&self) -> u32 {
        if self.quick { 3 } else { 9 }
    }

    /// How long a window is.
    pub(super) fn window(&self) -> Duration {
        Duration::from_millis(if self.quick { 100 } else { 300 })
    }
}
