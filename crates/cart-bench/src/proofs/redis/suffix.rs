//! What a power cut takes from a server that syncs once a second: the last writes and no others, and
//! none of the lost versions ever counts again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, Instance, LoadRequest, Owner, Randomness,
    SaveRequest, Timestamp, Version,
};
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, Redis, Server};
use tokio::task::JoinSet;

use super::super::outages::without_rewrites;
use crate::arguments::Arguments;
use crate::backend::{Backend, open, patient};
use crate::clock::pass;
use crate::proof::{Figures, Proven, Refuted, ensure};

const CUTS: u64 = 5;
const CARTS: u64 = 8;
/// Longer than a server that syncs once a second goes without.
const WRITING: Duration = Duration::from_millis(2_500);
/// How many lost versions of a cart are tried.
const TRIED: usize = 20;

/// A write of one cart after the other.
#[derive(Clone, Copy, Debug)]
struct Write {
    version: Version,
    sent: Instant,
    acknowledged: Option<Instant>,
}

/// The writes of one cart.
struct Chain {
    key: CartKey,
    writes: Vec<Write>,
}

/// What several cuts have left.
#[derive(Debug, Default)]
struct Tally {
    acknowledged: usize,
    lost: usize,
    longest: Duration,
    stale: usize,
}

pub(in super::super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let cuts = arguments.scale.of(CUTS);
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = Options::new()
            .power_cuts()
            .setting("appendfsync", "everysec");
        let options = without_rewrites(Backend::Redis, options);
        let server = Redis::start(options).await?;
        let store = open(&server.url()).await?;
        let patient = patient(Arc::clone(&store));
        let mut tally = Tally::default();
        for cut in 0..cuts {
            let mut writers = JoinSet::new();
            for cart in 0..CARTS {
                let key = CartKey::new(Owner::user(format!("{cut}-{cart}"))?, Instance::default());
                writers.spawn(Chain::write(Arc::clone(&store), key, cut * CARTS + cart));
            }
            pass(WRITING).await;
            server.cut_power().await?;
            let cut_at = Instant::now();
            let mut chains = Vec::new();
            while let Some(ended) = writers.join_next().await {
                chains.push(ended??);
            }
            server.restart().await?;
            let kept = look(&patient, &chains).await?;
            tally.add(&chains, &kept, cut_at)?;
            for (chain, kept) in chains.iter().zip(kept) {
                tally.stale += chain.try_lost(&patient, kept).await?;
            }
        }
        figures.set("acknowledged writes", tally.acknowledged);
        figures.set("lost, all of them the last ones", tally.lost);
        figures.set(
            "milliseconds of writes lost, most",
            tally.longest.as_millis(),
        );
        figures.set("attempts with a lost version, all refused", tally.stale);
        figures.set_faults(cuts);
        ensure(tally.lost > 0 && tally.lost < tally.acknowledged, || {
            "the cuts took all, or nothing".to_owned()
        })
    })
}

/// How many writes of each chain are there.
async fn look(store: &impl CartStore, chains: &[Chain]) -> Result<Vec<usize>, Refuted> {
    let mut kept = Vec::new();
    for chain in chains {
        let stored = store.load(&LoadRequest::new(chain.key.clone())).await?;
        kept.push(match stored.version() {
            None => 0,
            Some(version) => {
                let mut writes = chain.writes.iter();
                let last = writes.position(|write| write.version == version);
                last.ok_or("a cart has a version that nobody wrote")? + 1
            }
        });
    }
    Ok(kept)
}

impl Tally {
    /// Adds what a cut has left; refutes the claim where a write is lost and a later one is there.
    fn add(&mut self, chains: &[Chain], kept: &[usize], cut_at: Instant) -> Proven {
        let (mut last_kept, mut first_lost) = (None, None);
        for (chain, kept) in chains.iter().zip(kept) {
            let (there, gone) = chain.writes.split_at(*kept);
            last_kept = last_kept.max(there.last().map(|write| write.sent));
            let acknowledged = gone.iter().filter_map(|write| write.acknowledged);
            self.lost += acknowledged.clone().count();
            first_lost = [first_lost, acknowledged.min()].into_iter().flatten().min();
            let all = chain.writes.iter();
            self.acknowledged += all.filter(|write| write.acknowledged.is_some()).count();
        }
        let Some(first_lost) = first_lost else {
            return Ok(());
        };
        self.longest = self.longest.max(cut_at - first_lost);
        ensure(last_kept.is_none_or(|sent| sent < first_lost), || {
            "a write is lost that was acknowledged before one began that is there".to_owned()
        })
    }
}

impl Chain {
    /// Writes until the power is cut.
    async fn write(store: Arc<dyn CartStore>, key: CartKey, seed: u64) -> Result<Self, Refuted> {
        let randomness = SeededRandomness::new(seed);
        let mut writes: Vec<Write> = Vec::new();
        loop {
            let write_id = randomness.next();
            let (version, expect) = match writes.last() {
                None => (Version::first(write_id), Expect::Absent),
                Some(last) => (last.version.next(write_id)?, Expect::Version(last.version)),
            };
            let sent = Instant::now();
            let saved = store.save(&save(&key, version, expect)).await;
            writes.push(Write {
                version,
                sent,
                acknowledged: saved.is_ok().then(Instant::now),
            });
            if saved.is_err() {
                return Ok(Self { key, writes });
            }
        }
    }

    /// Writes with versions that are lost, before and after others have taken their places; tells how
    /// many were refused, which has to be each of them.
    async fn try_lost(&self, store: &impl CartStore, kept: usize) -> Result<usize, Refuted> {
        let (there, gone) = self.writes.split_at(kept);
        let randomness = SeededRandomness::new(gone.len() as u64);
        let step = gone.len().div_ceil(TRIED).max(1);
        let mut current = there.last().map(|write| write.version);
        let mut refused = 0;
        for lost in gone.iter().step_by(step).map(|write| write.version) {
            for _ in 0..2 {
                let next = lost.next(randomness.next())?;
                let answer = store
                    .save(&save(&self.key, next, Expect::Version(lost)))
                    .await;
                let is_refused = answer.is_err_and(|error| error.kind() == ErrorKind::Conflict);
                ensure(is_refused, || "a lost version counted again".to_owned())?;
                refused += 1;
                // The second time, another write has the number of the lost one.
                let replacing = Version::new(lost.sequence(), randomness.next())?;
                let expect = current.map_or(Expect::Absent, Expect::Version);
                if current.is_none_or(|current| current.sequence() < lost.sequence()) {
                    store.save(&save(&self.key, replacing, expect)).await?;
                    current = Some(replacing);
                }
            }
        }
        Ok(refused)
    }
}

fn save(key: &CartKey, version: Version, expect: Expect) -> SaveRequest {
    let record = CartRecord::new(version, Timestamp::from_millis(0));
    SaveRequest::new(key.clone(), record, expect)
}
