//! Load and save of a ten-line cart: the memory store, SQLite, and SQLite itself doing the same
//! bytes in the same durability, which is the floor.
//!
//! One round is one operation by each task, on a cart of its own.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_bench::carts::{key, record_of};
use cart_core::{
    CartRecord, CartStore, Expect, LoadRequest, MemoryCartStore, SaveRequest, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

const LINES: usize = 10;
const TASKS: [usize; 2] = [1, 64];

fn stores(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig::file(folder.path().join("carts.db"));
    let sqlite = runtime
        .block_on(SqliteCartStore::open(config))
        .expect("a database");
    let stores: [(&str, Arc<dyn CartStore>); 2] = [
        ("memory", Arc::new(MemoryCartStore::new())),
        ("sqlite", Arc::new(sqlite)),
    ];

    for tasks in TASKS {
        let mut group = criterion.benchmark_group(format!("load, {tasks} tasks"));
        group.throughput(Throughput::Elements(tasks as u64));
        for (name, store) in &stores {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|rounds| time(&runtime, store, tasks, rounds, load));
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("save, {tasks} tasks"));
        group.throughput(Throughput::Elements(tasks as u64));
        for (name, store) in &stores {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|rounds| time(&runtime, store, tasks, rounds, save));
            });
        }
        group.finish();
    }
}

/// How long it takes the tasks to do `rounds` operations each.
fn time<W: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    store: &Arc<dyn CartStore>,
    tasks: usize,
    rounds: u64,
    work: fn(Arc<dyn CartStore>, usize, CartRecord, u64) -> W,
) -> Duration {
    let record = record_of(LINES).record;
    runtime.block_on(async {
        for task in 0..tasks {
            let request = SaveRequest::new(key(task), record.clone(), Expect::Any);
            store.save(&request).await.expect("a cart to begin with");
        }
        let start = Instant::now();
        let tasks: Vec<_> = (0..tasks)
            .map(|task| tokio::spawn(work(Arc::clone(store), task, record.clone(), rounds)))
            .collect();
        for task in tasks {
            task.await.expect("no task panics");
        }
        start.elapsed()
    })
}

async fn load(store: Arc<dyn CartStore>, task: usize, _record: CartRecord, rounds: u64) {
    let request = LoadRequest::new(key(task));
    for _ in 0..rounds {
        store.load(&request).await.expect("the store is there");
    }
}

async fn save(store: Arc<dyn CartStore>, task: usize, mut record: CartRecord, rounds: u64) {
    for round in 0..rounds {
        let expected = record.header.version;
        record.header.version = expected.next(round).expect("not that many writes");
        let request = SaveRequest::new(key(task), record.clone(), Expect::Version(expected));
        store.save(&request).await.expect("nobody else writes");
    }
}

/// SQLite by itself: the same bytes in columns, prepared statements, no thread in between, and each
/// write in a transaction of its own.
fn floor(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join("floor.db")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE carts (key TEXT PRIMARY KEY, version INTEGER, write_id INTEGER,
                 ledger TEXT, items TEXT, conditions TEXT, metadata TEXT);",
        )
        .expect("a table");
    let record = record_of(LINES).record;
    let (key, parts, ledger) = (
        key(0).encode(),
        &record.parts,
        record.header.ledger.as_str(),
    );
    let texts = [&parts.items, &parts.conditions, &parts.metadata].map(cart_core::Part::as_str);
    connection
        .execute(
            "INSERT INTO carts VALUES (?1, 1, 0, ?2, ?3, ?4, ?5)",
            params![key, ledger, texts[0], texts[1], texts[2]],
        )
        .expect("a row");

    criterion.bench_function("floor/load, 1 task", |bencher| {
        bencher.iter(|| {
            let mut statement = connection
                .prepare_cached("SELECT * FROM carts WHERE key = ?1")
                .expect("a statement");
            let read = |row: &rusqlite::Row<'_>| {
                Ok((
                    row.get::<_, i64>(1)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, String>(4)?,
                ))
            };
            statement.query_row([&key], read).expect("the row")
        });
    });
    let mut version = Version::first(0);
    criterion.bench_function("floor/save, 1 task", |bencher| {
        bencher.iter(|| {
            let expected = version;
            version = expected.next(0).expect("not that many writes");
            let mut statement = connection
                .prepare_cached(
                    "UPDATE carts SET version = ?1, ledger = ?2, items = ?3, conditions = ?4,
                         metadata = ?5 WHERE key = ?6 AND version = ?7",
                )
                .expect("a statement");
            let [new, old] = [version, expected].map(|it| it.sequence().cast_signed());
            let changed = statement
                .execute(params![new, ledger, texts[0], texts[1], texts[2], key, old])
                .expect("a write");
            assert_eq!(changed, 1);
        });
    });
}

criterion_group!(benches, floor, stores);
criterion_main!(benches);
