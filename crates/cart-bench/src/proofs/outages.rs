//! A server dies again and again, by `kill -9` or with its machine, and its clients go on.

use std::time::{Duration, Instant};

use cart_core::{CartStore, Carts, Durability};
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, Server};

use super::kills::list;
use crate::arguments::Arguments;
use crate::backend::{Backend, PATIENCE, Site, open, patient};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::writers::{Findings, Log, Writers, examine};

const KILLS: u64 = 25;
const CUTS: u64 = 10;
/// Enough for a server that syncs now and then to lose something.
const CONTROL_CUTS: u64 = 3;
/// Acknowledged writes between two outages, at least.
const WRITES: usize = 200;
const CARTS: usize = 4;
/// Two tasks for each cart, so that writes also meet.
const TASKS: usize = 2 * CARTS;
/// How long clients may take to find a server that is back.
const RECOVERY: Duration = Duration::from_secs(2);

/// How a server goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    Kill,
    PowerCut,
}

/// What several outages left behind.
#[derive(Debug, Default)]
struct Aftermath {
    outages: u64,
    findings: Findings,
    log: Log,
    /// From each restart to the time when the server takes statements.
    restarts: Vec<Duration>,
    /// From then to the next acknowledged write.
    recoveries: Vec<Duration>,
}

pub(super) fn prove_kills(
    backend: Backend,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let kills = arguments.scale.of(KILLS);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let site = Site::serve(backend, Options::new().durable()).await?;
        let aftermath = suffer(&site, Outage::Kill, kills, Durability::ProcessCrash).await?;
        show(&aftermath, figures);
        judge(&aftermath)?;
        site.check().await
    })
}

pub(super) fn prove_power(
    backend: Backend,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let cuts = arguments.scale.of(CUTS);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let options = without_rewrites(backend, Options::new().power_cuts());
        let site = Site::serve(backend, options.clone()).await?;
        let aftermath = suffer(&site, Outage::PowerCut, cuts, Durability::PowerLoss).await?;
        show(&aftermath, figures);
        judge(&aftermath)?;
        site.check().await?;
        drop(site);

        // Redis with a weak setting has a proof of its own.
        let Some((name, value)) = weak_setting(backend) else {
            return Ok(());
        };
        let site = Site::serve(backend, options.setting(name, value)).await?;
        let control = suffer(&site, Outage::PowerCut, CONTROL_CUTS, Durability::Memory).await?;
        figures.set("lost with a weak setting", control.findings.lost);
        ensure(control.findings.lost > 0, || {
            format!("even with {name}={value} nothing is lost: the cuts cut nothing")
        })
    })
}

/// What makes a server acknowledge what it has not synced.
fn weak_setting(backend: Backend) -> Option<(&'static str, &'static str)> {
    match backend {
        Backend::MariaDb => Some(("innodb-flush-log-at-trx-commit", "0")),
        Backend::Postgres => Some(("synchronous_commit", "off")),
        Backend::Redis | Backend::RedisCluster | Backend::SessionFile | Backend::Sqlite => None,
    }
}

/// Keeps Redis with one log of commands: it syncs the folder with the name of the next one, and a
/// power cut here takes the names of files that were never synced themselves.
pub(super) fn without_rewrites(backend: Backend, options: Options) -> Options {
    match backend {
        Backend::Redis => options.setting("auto-aof-rewrite-percentage", "0"),
        _ => options,
    }
}

/// Has writers work while the server goes down and comes back again and again.
async fn suffer(
    site: &Site,
    outage: Outage,
    outages: u64,
    durability: Durability,
) -> Result<Aftermath, Refuted> {
    let server = site.server().ok_or("a file has no server")?;
    let store = open(&site.url()).await?;
    let declared = store.info().capabilities.durability;
    ensure(declared >= durability, || {
        format!("the store declares {declared:?} only")
    })?;
    keep_schema(site).await?;
    let carts = Carts::builder(patient(store))
        .edit_deadline(PATIENCE)
        .build();
    let writers = Writers::start(carts.clone(), TASKS, CARTS);
    let randomness = SeededRandomness::new(9);
    let mut aftermath = Aftermath::default();
    for _ in 0..outages {
        let target = writers.count() + WRITES + randomness.below(WRITES);
        writers.reached(target).await?;
        strike(server, outage).await?;
        aftermath.outages += 1;
        writers.next_round();
        let start = Instant::now();
        server.restart().await?;
        aftermath.restarts.push(start.elapsed());
        let back = Instant::now();
        writers.reached(writers.count() + 1).await?;
        aftermath.recoveries.push(back.elapsed());
    }
    aftermath.log = writers.end().await?;
    aftermath.findings = examine(&carts, &aftermath.log.acknowledged).await?;
    Ok(aftermath)
}

/// Has the table survive also where not even it was synced.
async fn keep_schema(site: &Site) -> Proven {
    if let Site::Server(server) = site
        && server.name() == "postgres"
    {
        server.sql("CHECKPOINT").await?;
    }
    Ok(())
}

async fn strike(server: &dyn Server, outage: Outage) -> Proven {
    match outage {
        Outage::Kill => server.kill()?,
        Outage::PowerCut => server.cut_power().await?,
    }
    Ok(())
}

fn show(aftermath: &Aftermath, figures: &mut Figures) {
    list(&aftermath.findings, figures);
    figures.set("errors surfaced", aftermath.log.errors.len());
    figures.set(
        "milliseconds of a restart, median",
        quantile(&aftermath.restarts, 50).as_millis(),
    );
    figures.set(
        "milliseconds from there to a write, p99",
        quantile(&aftermath.recoveries, 99).as_millis(),
    );
    figures.set_faults(aftermath.outages);
}

fn judge(aftermath: &Aftermath) -> Proven {
    let Aftermath { findings, log, .. } = aftermath;
    ensure(log.errors.is_empty(), || {
        format!("an edit failed: {}", log.errors[0])
    })?;
    // Each call was tried until its outcome was known.
    findings.ensure_all_there(0)?;
    let recovery = quantile(&aftermath.recoveries, 99);
    ensure(recovery <= RECOVERY, || {
        format!("clients took {recovery:?} to find the server again")
    })
}

/// The smallest of `times` that so many of a hundred don't exceed.
pub(super) fn quantile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let times: Vec<_> = (1..=25).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&times, 50), Duration::from_millis(13));
        assert_eq!(quantile(&times, 99), Duration::from_millis(25));
        assert_eq!(quantile(&times[..1], 1), Duration::from_millis(25));
    }
}
