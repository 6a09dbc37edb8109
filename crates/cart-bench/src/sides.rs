//! A store beside its database: both sides do the same, with the same structs before and after.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cart_core::{
    CartKey, CartRecord, CartStore, Expect, Header, LoadRequest, Parts, SaveRequest, Stored,
    Timestamp, Version,
};
use tokio::runtime::Runtime;
use tokio::task::coop::consume_budget;

use crate::carts::{key, record_of};
use crate::floor::Floor;
use crate::pairs::{Claim, Pairs};
use crate::typed::Typed;

/// How many tasks there are where there are many, and carts to begin with.
pub const MANY: usize = 64;

/// How many lines the carts have.
const LINES: usize = 10;

/// Numbers of shoppers from here on are new ones.
const NEW: usize = 1_000_000;

/// How long tombstones stay, in milliseconds.
const MONTH: i64 = 30 * 24 * 3600 * 1000;

/// Both sides, each with its own carts.
pub struct Sides<'a, S, F> {
    runtime: &'a Runtime,
    store: S,
    /// One for each task.
    floors: Vec<Arc<F>>,
    record: CartRecord,
    shopper: AtomicUsize,
}

/// What becomes of a new cart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Kept,
    Deleted,
}

/// Stores the carts that [`Sides`] begin with.
pub fn fill(runtime: &Runtime, store: &impl CartStore) {
    let record = record_of(LINES).record;
    runtime.block_on(async {
        for task in 0..MANY {
            let request = SaveRequest::new(key(task), record.clone(), Expect::Any);
            store.save(&request).await.expect("a cart to begin with");
        }
    });
}

/// Connects a client for each task.
///
/// # Errors
///
/// What the first that fails says.
pub fn connections<F, E>(
    runtime: &Runtime,
    connect: impl AsyncFn() -> Result<F, E>,
) -> Result<Vec<Arc<F>>, E> {
    let connected = (0..MANY).map(|_| runtime.block_on(connect()).map(Arc::new));
    connected.collect()
}

impl<'a, S: CartStore + Clone + 'static, F: Floor> Sides<'a, S, F> {
    /// A store and the floors of its tasks, over tables that [`fill`] has filled.
    pub fn new(runtime: &'a Runtime, store: S, floors: Vec<Arc<F>>) -> Self {
        assert_eq!(floors.len(), MANY, "one for each task");
        Self {
            runtime,
            store,
            floors,
            record: record_of(LINES).record,
            shopper: AtomicUsize::new(NEW),
        }
    }

    /// The same with carts that expire then, once they have been saved.
    #[must_use]
    pub fn expiring(mut self, expires_at: Timestamp) -> Self {
        self.record.header.expires_at = Some(expires_at);
        self
    }

    /// Measures loads by so many tasks.
    pub fn loads(&self, pairs: &mut Pairs, tasks: usize, claim: Claim) {
        pairs.measure(
            &format!("load, {tasks} tasks"),
            claim,
            tasks as u64,
            &mut |rounds| self.time(tasks, |task| load(self.store.clone(), task, rounds)),
            &mut |rounds| self.time(tasks, |task| floor_load(self.floor(task), task, rounds)),
        );
    }

    /// Measures saves by so many tasks, at this level of durability.
    pub fn saves(&self, pairs: &mut Pairs, level: &str, tasks: usize, claim: Claim) {
        pairs.measure(
            &format!("save {level}, {tasks} tasks"),
            claim,
            tasks as u64,
            &mut |rounds| {
                self.time(tasks, |task| {
                    save(self.store.clone(), self.record.clone(), task, rounds)
                })
            },
            &mut |rounds| {
                self.time(tasks, |task| {
                    floor_save(self.floor(task), self.record.clone(), task, rounds)
                })
            },
        );
    }

    /// Measures insertions of new carts by so many tasks.
    pub fn insertions(&self, pairs: &mut Pairs, level: &str, tasks: usize, claim: Claim) {
        let scenario = format!("insert {level}, {tasks} tasks");
        self.new_carts(pairs, &scenario, tasks, After::Kept, claim);
    }

    /// Measures insertions of new carts by so many tasks, each of which is deleted right after,
    /// which leaves its tombstone.
    pub fn deletions(&self, pairs: &mut Pairs, level: &str, tasks: usize, claim: Claim) {
        let scenario = format!("insert and delete {level}, {tasks} tasks");
        self.new_carts(pairs, &scenario, tasks, After::Deleted, claim);
    }

    fn new_carts(
        &self,
        pairs: &mut Pairs,
        scenario: &str,
        tasks: usize,
        after: After,
        claim: Claim,
    ) {
        let keys = |rounds: u64| {
            let rounds = usize::try_from(rounds).expect("not that many");
            let first = self.shopper.fetch_add(tasks * rounds, Ordering::Relaxed);
            move |task: usize| (first + task * rounds..).take(rounds).map(key)
        };
        pairs.measure(
            scenario,
            claim,
            tasks as u64,
            &mut |rounds| {
                let keys = keys(rounds);
                self.time(tasks, |task| {
                    insert(self.store.clone(), self.record.clone(), keys(task), after)
                })
            },
            &mut |rounds| {
                let keys = keys(rounds);
                self.time(tasks, |task| {
                    floor_insert(self.floor(task), self.record.clone(), keys(task), after)
                })
            },
        );
    }

    fn floor(&self, task: usize) -> Arc<F> {
        Arc::clone(&self.floors[task])
    }

    /// Times tasks that do their work at the same time.
    fn time<W>(&self, tasks: usize, work: impl Fn(usize) -> W) -> Duration
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.runtime.block_on(async {
            let start = Instant::now();
            let tasks: Vec<_> = (0..tasks).map(|task| tokio::spawn(work(task))).collect();
            for task in tasks {
                task.await.expect("no task panics");
            }
            start.elapsed()
        })
    }
}

async fn load(store: impl CartStore, task: usize, rounds: u64) {
    let request = LoadRequest::new(key(task));
    for _ in 0..rounds {
        let stored = store.load(&request).await.expect("the store is there");
        let Stored::Live(record) = stored else {
            panic!("the cart is gone");
        };
        std::hint::black_box((Typed::of(&record.parts), record));
    }
}

async fn floor_load(floor: Arc<impl Floor>, task: usize, rounds: u64) {
    let key = key(task);
    for _ in 0..rounds {
        std::hint::black_box(floor.load(&key).await);
        // A floor that never waits would keep the thread for itself.
        consume_budget().await;
    }
}

async fn save(store: impl CartStore, mut record: CartRecord, task: usize, rounds: u64) {
    let typed = Typed::of(&record.parts);
    let key = key(task);
    let stored = store.load(&LoadRequest::new(key.clone())).await;
    let mut expected = stored.expect("an answer").version().expect("a cart");
    for round in 0..rounds {
        record.parts = parts(typed.encode());
        advance(&mut record, expected, round);
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Version(expected));
        store.save(&request).await.expect("nobody else writes");
        expected = record.header.version;
    }
}

async fn floor_save(floor: Arc<impl Floor>, mut record: CartRecord, task: usize, rounds: u64) {
    let typed = Typed::of(&record.parts);
    let key = key(task);
    let (_, mut expected) = floor.load(&key).await;
    for round in 0..rounds {
        let parts = typed.encode();
        advance(&mut record, expected, round);
        let saved = floor.save(&key, &record, &parts, expected).await;
        assert!(saved, "nobody else writes");
        expected = record.header.version;
        consume_budget().await;
    }
}

async fn insert(
    store: impl CartStore,
    mut record: CartRecord,
    keys: impl Iterator<Item = CartKey> + Send,
    after: After,
) {
    let typed = Typed::of(&record.parts);
    for key in keys {
        record.parts = parts(typed.encode());
        let inserted = record.header.version;
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Absent);
        store.save(&request).await.expect("a new cart");
        if after == After::Deleted {
            let tombstone = tombstone_of(&record);
            let request = SaveRequest::new(key, tombstone, Expect::Version(inserted));
            store.save(&request).await.expect("nobody else writes");
        }
    }
}

async fn floor_insert(
    floor: Arc<impl Floor>,
    record: CartRecord,
    keys: impl Iterator<Item = CartKey> + Send,
    after: After,
) {
    let typed = Typed::of(&record.parts);
    for key in keys {
        let parts = typed.encode();
        assert!(floor.insert(&key, &record, &parts).await, "a new cart");
        if after == After::Deleted {
            let tombstone = tombstone_of(&record);
            let Parts {
                items,
                conditions,
                metadata,
            } = &tombstone.parts;
            let parts = [items, conditions, metadata].map(|part| part.as_str().to_owned());
            let inserted = record.header.version;
            let deleted = floor.save(&key, &tombstone, &parts, inserted).await;
            assert!(deleted, "nobody else writes");
        }
        consume_budget().await;
    }
}

fn parts([items, conditions, metadata]: [String; 3]) -> Parts {
    Parts {
        items: items.into(),
        conditions: conditions.into(),
        metadata: metadata.into(),
    }
}

/// Gives the record its next version, and a time that changes with every write, as in life, so that
/// the index of times is written too.
fn advance(record: &mut CartRecord, expected: Version, round: u64) {
    let header = &mut record.header;
    header.version = expected.next(round).expect("not that many writes");
    let millis = header.created_at.as_millis();
    header.updated_at = Timestamp::from_millis(millis + round.cast_signed() + 1);
}

fn tombstone_of(record: &CartRecord) -> CartRecord {
    let Header {
        version,
        updated_at,
        ..
    } = record.header;
    let later = |millis| Timestamp::from_millis(updated_at.as_millis() + millis);
    let next = version.next(1).expect("not that many writes");
    record.tombstone(next, later(1), Some(later(MONTH)))
}

impl<S, F> fmt::Debug for Sides<'_, S, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sides").finish_non_exhaustive()
    }
}
