//! Sentinels replace the primary again and again, and its clients go on.

use std::time::Instant;

use cart_core::Carts;
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, RedisSentinel, Server};

use super::super::kills::list;
use super::super::outages::quantile;
use crate::arguments::Arguments;
use crate::backend::{PATIENCE, open, patient, with_option};
use crate::proof::{Figures, Proven, ensure};
use crate::writers::{Writers, examine};

const FAILOVERS: u64 = 5;
/// Acknowledged writes between two failovers, at least.
const WRITES: usize = 400;
const CARTS: usize = 4;
const TASKS: usize = 2 * CARTS;

pub(in super::super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let failovers = arguments.scale.of(FAILOVERS);
    tokio::runtime::Runtime::new()?.block_on(async {
        let watched = RedisSentinel::start(Options::new()).await?;
        let store = open(&with_option(&watched.url(), "wait_replicas", "1")).await?;
        let carts = Carts::builder(patient(store))
            .edit_deadline(PATIENCE)
            .build();
        let writers = Writers::start(carts.clone(), TASKS, CARTS);
        let randomness = SeededRandomness::new(11);
        let mut recoveries = Vec::new();
        for _ in 0..failovers {
            let target = writers.count() + WRITES + randomness.below(WRITES);
            writers.reached(target).await?;
            let primary = watched.primary().await?;
            primary.kill()?;
            let start = Instant::now();
            writers.next_round();
            // One answer for each task may have been on its way.
            writers.reached(writers.count() + TASKS + 1).await?;
            recoveries.push(start.elapsed());
            watched.successor_of(primary).await?;
            watched.rejoin(primary).await?;
        }
        let log = writers.end().await?;
        let findings = examine(&carts, &log.acknowledged).await?;
        list(&findings, figures);
        figures.set("errors surfaced", log.errors.len());
        for (name, percent) in [
            ("milliseconds until writes went on, median", 50),
            ("milliseconds until writes went on, longest", 100),
        ] {
            figures.set(name, quantile(&recoveries, percent).as_millis());
        }
        figures.set_faults(failovers);
        ensure(log.errors.is_empty(), || {
            format!("an edit failed: {}", log.errors[0])
        })?;
        findings.ensure_all_there(0)
    })
}
