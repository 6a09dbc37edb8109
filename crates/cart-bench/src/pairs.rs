//! Two ways to do the same thing, measured in turns.
//!
//! A machine is never equally fast for long. So each way has a short window, the other one follows
//! at once, and the next pair goes the other way round; the quotient of a pair is hardly touched by
//! what slows both. The median of the quotients is the result, and the interval around it holds the
//! true median with 95 % confidence, whatever the quotients are distributed like.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;

/// The command line of a benchmark in pairs.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Only the scenarios whose name contains one of these; all without.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// How many pairs for each scenario.
    #[arg(long, default_value_t = 31)]
    pairs: usize,

    /// How long a window is, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 100)]
    window: u64,

    /// Ends with an error when a claim doesn't hold.
    #[arg(long)]
    check: bool,

    /// Also writes the results to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a scenario is meant to show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Claim {
    /// Nothing: it is there to be looked at.
    None,
    /// An operation takes at most so many times as long as on the floor.
    Cost(f64),
    /// At least so many times as many operations as on the floor are done in the same time.
    Throughput(f64),
}

impl Claim {
    fn holds(self, cost: f64) -> bool {
        match self {
            Self::None => true,
            Self::Cost(most) => cost <= most,
            Self::Throughput(least) => cost.recip() >= least,
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("–"),
            Self::Cost(most) => write!(formatter, "cost ≤ {most:.2}"),
            Self::Throughput(least) => write!(formatter, "throughput ≥ {least:.2}"),
        }
    }
}

/// One side of a scenario: does so many rounds, and tells how long they took.
pub type Side<'a> = &'a mut dyn FnMut(u64) -> Duration;

/// Measures scenarios and keeps what came out.
#[derive(Debug)]
pub struct Pairs {
    arguments: Arguments,
    rows: Vec<Row>,
}

/// What came out of a scenario.
#[derive(Debug, Serialize)]
struct Row {
    scenario: String,
    claim: Claim,
    holds: bool,
    /// The median time of an operation, in microseconds.
    ours: f64,
    floor: f64,
    cost: Interval,
}

/// A median and the interval around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Interval {
    low: f64,
    pub(crate) median: f64,
    high: f64,
}

impl Pairs {
    /// Reads the command line of the program.
    pub fn from_command_line() -> Self {
        Self {
            arguments: Arguments::parse(),
            rows: Vec::new(),
        }
    }

    /// Measures a scenario whose rounds are `operations` operations each.
    pub fn measure(
        &mut self,
        scenario: &str,
        claim: Claim,
        operations: u64,
        ours: Side<'_>,
        floor: Side<'_>,
    ) {
        let names = &self.arguments.names;
        if !names.is_empty() && !names.iter().any(|name| scenario.contains(name.as_str())) {
            return;
        }
        eprintln!("{scenario}: {} pairs", self.arguments.pairs);
        let window = Duration::from_millis(self.arguments.window.max(1));
        let rounds = [rounds(ours, window), rounds(floor, window)];
        let micros =
            |took: Duration, rounds: u64| took.as_secs_f64() * 1e6 / count(rounds * operations);
        let mut times = [Vec::new(), Vec::new()];
        for pair in 0..self.arguments.pairs.max(1) {
            let order = if pair % 2 == 0 { [0, 1] } else { [1, 0] };
            for side in order {
                let took = match side {
                    0 => ours(rounds[0]),
                    _ => floor(rounds[1]),
                };
                times[side].push(micros(took, rounds[side]));
            }
        }
        let [ours, floor] = times;
        let quotients = ours.iter().zip(&floor).map(|(ours, floor)| ours / floor);
        let cost = Interval::around(quotients.collect());
        self.rows.push(Row {
            scenario: scenario.to_owned(),
            claim,
            holds: claim.holds(cost.median),
            ours: Interval::around(ours).median,
            floor: Interval::around(floor).median,
            cost,
        });
    }

    /// Prints the table and writes the file that was asked for.
    ///
    /// # Errors
    ///
    /// When the file can't be written; with `--check`, when a claim doesn't hold.
    pub fn finish(self) -> Result<(), Box<dyn Error>> {
        println!("{}", self.table());
        if let Some(file) = &self.arguments.json {
            std::fs::write(file, serde_json::to_string_pretty(&self.rows)?)?;
        }
        let failed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| !row.holds)
            .map(|row| row.scenario.as_str())
            .collect();
        if self.arguments.check && !failed.is_empty() {
            return Err(format!("not as claimed: {}", failed.join("; ")).into());
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header([
            "scenario",
            "ours, µs",
            "floor, µs",
            "cost",
            "throughput",
            "claim",
            "holds",
        ]);
        for row in &self.rows {
            table.add_row([
                row.scenario.clone(),
                format!("{:.1}", row.ours),
                format!("{:.1}", row.floor),
                row.cost.to_string(),
                row.cost.recip().to_string(),
                row.claim.to_string(),
                if row.holds { "yes" } else { "NO" }.to_owned(),
            ]);
        }
        table
    }
}

impl Interval {
    /// The median of `values`, between the two of them that enclose it with 95 % confidence.
    pub(crate) fn around(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let skipped = skipped(values.len());
        let last = values.len() - 1;
        Self {
            low: values[skipped],
            median: f64::midpoint(values[last / 2], values[values.len() / 2]),
            high: values[last - skipped],
        }
    }

    fn recip(self) -> Self {
        Self {
            low: self.high.recip(),
            median: self.median.recip(),
            high: self.low.recip(),
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, median, high } = self;
        write!(formatter, "{median:.2} [{low:.2}, {high:.2}]")
    }
}

/// How many of `count` sorted values can be left out at either end, so that the rest still spans
/// the median of what they were drawn from with 95 % confidence: each value is below it or above
/// it like a coin.
fn skipped(count: usize) -> usize {
    let trials = i32::try_from(count).unwrap_or(i32::MAX);
    // The chance of exactly `below` values below the median.
    let mut chance = 0.5_f64.powi(trials);
    let mut tail = 0.0;
    for below in 0..trials {
        tail += chance;
        if tail > 0.025 {
            return usize::try_from(below - 1).unwrap_or(0);
        }
        chance *= f64::from(trials - below) / f64::from(below + 1);
    }
    0
}

/// How many rounds fill the window.
fn rounds(side: Side<'_>, window: Duration) -> u64 {
    let mut rounds = 1;
    loop {
        let took = side(rounds);
        if took * 4 >= window {
            let scaled = count(rounds) * window.as_secs_f64() / took.as_secs_f64();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a rough count, and at most some millions"
            )]
            return (scaled.round() as u64).max(1);
        }
        rounds *= 2;
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of at most some millions"
)]
fn count(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        // From the tables of the binomial distribution.
        for (count, expected) in [(5, 0), (6, 0), (10, 1), (20, 5), (30, 9), (31, 9), (50, 17)] {
            assert_eq!(skipped(count), expected, "{count}");
        }
    }

    #[test]
    fn a_median_stands_between_its_ends() {
        let values = (1..=31).rev().map(f64::from).collect();
        let interval = Interval::around(values);
        assert_eq!(interval.to_string(), "16.00 [10.00, 22.00]");
        let even = Interval::around(vec![4.0, 1.0, 2.0, 3.0]);
        assert_eq!(even.to_string(), "2.50 [1.00, 4.00]");
    }

    #[test]
    fn claims_are_about_cost_or_throughput() {
        assert!(Claim::Cost(1.1).holds(1.1));
        assert!(!Claim::Cost(1.1).holds(1.2));
        assert!(Claim::Throughput(3.0).holds(0.25));
        assert!(!Claim::Throughput(3.0).holds(0.5));
        assert!(Claim::None.holds(9.0));
    }
}
