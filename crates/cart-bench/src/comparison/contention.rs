//! Many writers on one cart: how fast they are, how often they try, and how many of their edits
//! are lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::arguments::Arguments;
use super::latencies::Latencies;
use super::report::{Report, Row, Scenario};
use super::subject::Contender;
use crate::proof::{Proven, Refuted};

/// How many writers there are at a time.
pub(super) const TASKS: [usize; 4] = [1, 4, 16, MOST];

/// The most of them.
pub(super) const MOST: usize = 64;

/// What the windows of a contender have shown so far.
struct Tally {
    latencies: Latencies,
    took: Duration,
    tries: u64,
}

/// Lets all contenders write in turns, window by window.
pub(super) async fn measure(
    store: &'static str,
    contenders: &[Contender],
    tasks: usize,
    arguments: &Arguments,
    report: &mut Report,
) -> Proven {
    let mut tallies = Vec::new();
    for contender in contenders {
        contender.subjects[0].create().await?;
        tallies.push(Tally {
            latencies: Latencies::new()?,
            took: Duration::ZERO,
            tries: 0,
        });
    }
    let mut before = Vec::new();
    for contender in contenders {
        before.push(contender.subjects[0].units().await?);
    }
    for window in 0..arguments.windows() {
        let mut turn: Vec<_> = contenders.iter().zip(&mut tallies).collect();
        // What the one before leaves behind must not always hit the same.
        if window % 2 == 1 {
            turn.reverse();
        }
        for (contender, tally) in turn {
            write(contender, tasks, arguments.window(), tally).await?;
        }
    }
    for ((contender, tally), before) in contenders.iter().zip(tallies).zip(before) {
        let edits = tally.latencies.count();
        let there = contender.subjects[0].units().await?;
        let seconds = tally.took.as_secs_f64();
        let row = Row::new(
            Scenario::Contention,
            store,
            "edit",
            &tally.latencies,
            seconds,
        );
        let lost = (before + edits).saturating_sub(there);
        let row = row.of(contender.name, tasks);
        report.add(row.edits(edits, tally.tries, lost));
    }
    Ok(())
}

/// One window: each writer adds units until it is over.
async fn write(contender: &Contender, tasks: usize, window: Duration, tally: &mut Tally) -> Proven {
    let mut writers = JoinSet::new();
    let start = Instant::now();
    for subject in contender.subjects.iter().take(tasks) {
        let subject = Arc::clone(subject);
        writers.spawn(async move {
            let mut latencies = Latencies::new()?;
            let mut tries = 0;
            while start.elapsed() < window {
                let began = Instant::now();
                tries += subject.add_unit().await?;
                latencies.note(began.elapsed());
            }
            Ok::<_, Refuted>((latencies, tries))
        });
    }
    while let Some(ended) = writers.join_next().await {
        let (latencies, tries) = ended??;
        tally.latencies.add(&latencies)?;
        tally.tries += tries;
    }
    tally.took += start.elapsed();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use async_trait::async_trait;
    use clap::Parser;

    use super::super::machine::Machine;
    use super::super::subject::Subject;
    use super::*;

    /// Units that are read, and written back plus one: with others in between, or at once.
    struct Counter {
        units: Arc<AtomicU64>,
        is_careful: bool,
    }

    #[async_trait]
    impl Subject for Counter {
        async fn create(&self) -> Proven {
            self.units.store(2, Ordering::SeqCst);
            Ok(())
        }

        async fn add_unit(&self) -> Result<u64, Refuted> {
            if self.is_careful {
                self.units.fetch_add(1, Ordering::SeqCst);
            } else {
                let read = self.units.load(Ordering::SeqCst);
                tokio::task::yield_now().await;
                self.units.store(read + 1, Ordering::SeqCst);
            }
            tokio::task::yield_now().await;
            Ok(1)
        }

        async fn units(&self) -> Result<u64, Refuted> {
            Ok(self.units.load(Ordering::SeqCst))
        }
    }

    fn contender(name: &'static str, is_careful: bool) -> Contender {
        let units = Arc::new(AtomicU64::new(0));
        let of = |_| -> Arc<dyn Subject> {
            let units = Arc::clone(&units);
            Arc::new(Counter { units, is_careful })
        };
        Contender {
            name,
            subjects: (0..MOST).map(of).collect(),
        }
    }

    #[tokio::test]
    async fn lost_edits_are_those_that_are_not_there() {
        let contenders = [contender("careful", true), contender("careless", false)];
        let arguments = Arguments::parse_from(["bench", "--quick"]);
        let mut report = Report::new(Machine::look());
        measure("memory", &contenders, 4, &arguments, &mut report)
            .await
            .unwrap();
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        let lost = |row: usize| json["rows"][row]["lost_updates"].as_u64().unwrap();
        assert_eq!(lost(0), 0);
        assert!(lost(1) > 0);
    }
}
