//! What the store adds to SQLite: load and save of a ten-line cart, beside SQLite itself running the
//! same statements on the same table, in the same durability and with the same structs.
//!
//! The floor has no thread in between, no versions and no layers: one connection, statements that
//! are prepared once, and each write in a transaction of its own.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cart_bench::carts::{key, record_of};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::typed::Typed;
use cart_core::{
    CartKey, CartRecord, CartStore, Expect, LoadRequest, Part, Parts, SaveRequest, Stored, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig, Synchronous};
use rusqlite::{Connection, OptionalExtension, Row, params};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const LINES: usize = 10;
const MANY: usize = 64;

/// A database with as many carts as there are tasks, as the store opens it and as the floor does.
struct Bench {
    runtime: Runtime,
    store: SqliteCartStore,
    floor: Arc<Mutex<Connection>>,
    record: CartRecord,
    _folder: TempDir,
}

impl Bench {
    fn new(synchronous: Synchronous) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let [ours, floor] = ["ours.db", "floor.db"].map(|name| folder.path().join(name));
        let record = record_of(LINES).record;
        let fill = async |path: &Path| {
            let config = SqliteConfig::file(path).with_synchronous(synchronous);
            let store = SqliteCartStore::open(config).await.expect("a store");
            for task in 0..MANY {
                let request = SaveRequest::new(key(task), record.clone(), Expect::Any);
                store.save(&request).await.expect("a cart to begin with");
            }
            store
        };
        let store = runtime.block_on(fill(&ours));
        drop(runtime.block_on(fill(&floor)));
        let floor = Connection::open(floor).expect("a database");
        let level = match synchronous {
            Synchronous::Normal => "NORMAL",
            _ => "FULL",
        };
        floor
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = {level};"
            ))
            .expect("settings");
        Self {
            runtime,
            store,
            floor: Arc::new(Mutex::new(floor)),
            record,
            _folder: folder,
        }
    }

    /// Times tasks that do `rounds` operations each.
    fn time<W: Future<Output = ()> + Send + 'static>(
        &self,
        tasks: usize,
        work: impl Fn(usize) -> W,
    ) -> Duration {
        self.runtime.block_on(async {
            let start = Instant::now();
            let tasks: Vec<_> = (0..tasks).map(|task| tokio::spawn(work(task))).collect();
            for task in tasks {
                task.await.expect("no task panics");
            }
            start.elapsed()
        })
    }

    fn load(&self, tasks: usize, rounds: u64) -> Duration {
        self.time(tasks, |task| {
            let store = self.store.clone();
            async move {
                let request = LoadRequest::new(key(task));
                for _ in 0..rounds {
                    let stored = store.load(&request).await.expect("the store is there");
                    let Stored::Live(record) = stored else {
                        panic!("the cart is gone");
                    };
                    std::hint::black_box((Typed::of(&record.parts), record));
                }
            }
        })
    }

    fn floor_load(&self, tasks: usize, rounds: u64) -> Duration {
        self.time(tasks, |task| {
            let floor = Arc::clone(&self.floor);
            async move {
                let key = key(task);
                for round in 0..rounds {
                    let row = load(&floor.lock().unwrap_or_else(PoisonError::into_inner), &key);
                    let typed = Typed::decode(
                        [&row.items, &row.conditions, &row.metadata].map(String::as_str),
                    );
                    std::hint::black_box((typed, row));
                    // As often as the runtime's own building blocks do.
                    if round % 128 == 127 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        })
    }

    fn save(&self, tasks: usize, rounds: u64) -> Duration {
        self.time(tasks, |task| {
            let (store, mut record) = (self.store.clone(), self.record.clone());
            async move {
                let typed = Typed::of(&record.parts);
                let key = key(task);
                let stored = store.load(&LoadRequest::new(key.clone())).await;
                let mut expected = stored.expect("an answer").version().expect("a cart");
                for round in 0..rounds {
                    let [items, conditions, metadata] = typed.encode().map(Part::from);
                    record.parts = Parts {
                        items,
                        conditions,
                        metadata,
                    };
                    record.header.version = expected.next(round).expect("not that many writes");
                    record.header.updated_at = later(&record, round);
                    let request =
                        SaveRequest::new(key.clone(), record.clone(), Expect::Version(expected));
                    store.save(&request).await.expect("nobody else writes");
                    expected = record.header.version;
                }
            }
        })
    }

    fn floor_save(&self, tasks: usize, rounds: u64) -> Duration {
        self.time(tasks, |task| {
            let (floor, mut record) = (Arc::clone(&self.floor), self.record.clone());
            async move {
                let typed = Typed::of(&record.parts);
                let key = key(task);
                let row = load(&floor.lock().unwrap_or_else(PoisonError::into_inner), &key);
                let sequence = row.version.cast_unsigned();
                let mut expected =
                    Version::new(sequence, row.write_id.cast_unsigned()).expect("a version");
                for round in 0..rounds {
                    let texts = typed.encode();
                    record.header.version = expected.next(round).expect("not that many writes");
                    record.header.updated_at = later(&record, round);
                    {
                        let floor = floor.lock().unwrap_or_else(PoisonError::into_inner);
                        let changed = save(&floor, &key, &record, &texts, expected);
                        assert_eq!(changed, 1, "nobody else writes");
                    }
                    expected = record.header.version;
                    if round % 128 == 127 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        })
    }
}

/// A moment that changes with every write, as in life, so that the index of times is written too.
fn later(record: &CartRecord, round: u64) -> cart_core::Timestamp {
    let millis = record.header.created_at.as_millis();
    cart_core::Timestamp::from_millis(millis + round.cast_signed() + 1)
}

/// A row as SQLite gives it: every column that the store reads.
struct Raw {
    version: i64,
    write_id: i64,
    _state: String,
    _numbers: [Option<i64>; 12],
    _currency: Option<String>,
    _ledger: String,
    items: String,
    conditions: String,
    metadata: String,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut numbers = [None; 12];
        for (number, column) in numbers
            .iter_mut()
            .zip([3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14])
        {
            *number = row.get(column)?;
        }
        Ok(Self {
            version: row.get(0)?,
            write_id: row.get(1)?,
            _state: row.get(2)?,
            _numbers: numbers,
            _currency: row.get(8)?,
            _ledger: row.get(15)?,
            items: row.get(16)?,
            conditions: row.get(17)?,
            metadata: row.get(18)?,
        })
    }
}

fn load(floor: &Connection, key: &CartKey) -> Raw {
    let owner = key.owner();
    let mut statement = floor
        .prepare_cached(
            "SELECT version, write_id, state, format, created_at, updated_at, expires_at, marked,
                 currency, lines, units, subtotal, total, claimed_until, converted_at, ledger,
                 items, conditions, metadata
             FROM carts
             WHERE tenant = ? AND class = ? AND identifier = ? AND instance = ?",
        )
        .expect("a statement");
    let key = [
        owner.tenant().as_str(),
        owner.class().as_str(),
        owner.identifier(),
        key.instance().as_str(),
    ];
    let row = statement.query_row(key, Raw::read).optional();
    row.expect("an answer").expect("the cart")
}

fn save(
    floor: &Connection,
    key: &CartKey,
    record: &CartRecord,
    [items, conditions, metadata]: &[String; 3],
    expected: Version,
) -> usize {
    let (owner, header) = (key.owner(), &record.header);
    let mut statement = floor
        .prepare_cached(
            "UPDATE carts SET version = ?, write_id = ?, state = ?, format = ?, created_at = ?,
                 updated_at = ?, expires_at = ?, marked = ?, currency = ?, lines = ?, units = ?,
                 subtotal = ?, total = ?, claimed_until = ?, converted_at = ?, ledger = ?,
                 items = ?, conditions = ?, metadata = ?
             WHERE tenant = ? AND class = ? AND identifier = ? AND instance = ?
                 AND version = ? AND write_id = ? AND (expires_at IS NULL OR expires_at > ?)",
        )
        .expect("a statement");
    let millis = |at: Option<cart_core::Timestamp>| at.map(cart_core::Timestamp::as_millis);
    let summary = &header.summary;
    statement
        .execute(params![
            header.version.sequence().cast_signed(),
            header.version.write_id().cast_signed(),
            header.state.as_str(),
            header.format,
            header.created_at.as_millis(),
            header.updated_at.as_millis(),
            millis(header.expires_at),
            header.marked,
            summary.currency.as_ref().map(|currency| currency.code()),
            summary.lines,
            summary.units.cast_signed(),
            summary.subtotal,
            summary.total,
            millis(summary.claimed_until),
            millis(summary.converted_at),
            header.ledger.as_str(),
            items,
            conditions,
            metadata,
            owner.tenant().as_str(),
            owner.class().as_str(),
            owner.identifier(),
            key.instance().as_str(),
            expected.sequence().cast_signed(),
            expected.write_id().cast_signed(),
            record.header.created_at.as_millis(),
        ])
        .expect("a write")
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    let full = Bench::new(Synchronous::Full);
    for (tasks, claim) in [(1, Claim::Cost(1.10)), (MANY, Claim::None)] {
        pairs.measure(
            &format!("load, {tasks} tasks"),
            claim,
            tasks as u64,
            &mut |rounds| full.load(tasks, rounds),
            &mut |rounds| full.floor_load(tasks, rounds),
        );
    }
    let normal = Bench::new(Synchronous::Normal);
    // What an application gets that sets nothing is claimed; the weaker level is there to compare.
    let claims = [Claim::Cost(1.20), Claim::Throughput(3.0)];
    let levels = [
        ("full", &full, claims),
        ("normal", &normal, [Claim::None; 2]),
    ];
    for (level, bench, claims) in levels {
        for (tasks, claim) in [1, MANY].into_iter().zip(claims) {
            pairs.measure(
                &format!("save synchronous={level}, {tasks} tasks"),
                claim,
                tasks as u64,
                &mut |rounds| bench.save(tasks, rounds),
                &mut |rounds| bench.floor_save(tasks, rounds),
            );
        }
    }
    pairs.finish()
}
