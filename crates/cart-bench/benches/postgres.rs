//! What the store adds to PostgreSQL: load and save of a ten-line cart, beside `tokio-postgres`
//! running the same prepared statements with the same structs, on a private server with `fsync` on.
//!
//! The floor has a connection for each task and no pool, deadlines, versions or layers; the store has
//! its defaults: 4 shared connections for loads, 16 for writes.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_bench::carts::{key, record_of};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::typed::Typed;
use cart_core::{
    CartKey, CartRecord, CartStore, Expect, LoadRequest, Part, Parts, SaveRequest, Stored,
    Timestamp, Version,
};
use cart_store_db::{PostgresCartStore, PostgresConfig};
use cart_testkit::servers::{Options, Postgres, Server};
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row, Statement};

const LINES: usize = 10;
const MANY: usize = 64;

/// A server with two tables alike, one for each side.
struct Bench {
    store: PostgresCartStore,
    floor: Vec<Arc<Floor>>,
    record: CartRecord,
    _server: Postgres,
    runtime: Runtime,
}

/// A connection and its two statements.
struct Floor {
    client: Client,
    load: Statement,
    save: Statement,
}

impl Bench {
    fn new(synchronous_commit: &str) -> Result<Self, Box<dyn Error>> {
        let runtime = Runtime::new()?;
        let options = Options::new()
            .durable()
            .setting("synchronous_commit", synchronous_commit)
            .setting("max_connections", "120");
        let server = runtime.block_on(Postgres::start(options))?;
        let record = record_of(LINES).record;
        let fill = async |table: &str| -> Result<PostgresCartStore, Box<dyn Error>> {
            let config: PostgresConfig = server.url().parse()?;
            let store = PostgresCartStore::open(config.with_table(table.parse()?)).await?;
            for task in 0..MANY {
                let request = SaveRequest::new(key(task), record.clone(), Expect::Any);
                store.save(&request).await?;
            }
            Ok(store)
        };
        let store = runtime.block_on(fill("carts"))?;
        drop(runtime.block_on(fill("floor"))?);
        let mut floor = Vec::with_capacity(MANY);
        for _ in 0..MANY {
            floor.push(Arc::new(runtime.block_on(Floor::connect(&server.url()))?));
        }
        Ok(Self {
            store,
            floor,
            record,
            _server: server,
            runtime,
        })
    }

    /// Times tasks that do their work at the same time.
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
            let floor = Arc::clone(&self.floor[task]);
            async move {
                let key = key(task);
                for _ in 0..rounds {
                    let row = floor.load(&key).await;
                    let header = Header::read(&row);
                    let typed = Typed::decode([16, 17, 18].map(|part| row.get(part)));
                    std::hint::black_box((typed, header));
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
                    advance(&mut record, expected, round);
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
            let (floor, mut record) = (Arc::clone(&self.floor[task]), self.record.clone());
            async move {
                let typed = Typed::of(&record.parts);
                let key = key(task);
                let header = Header::read(&floor.load(&key).await);
                let mut expected = header.version();
                for round in 0..rounds {
                    let texts = typed.encode();
                    advance(&mut record, expected, round);
                    let changed = floor.save(&key, &record, &texts, expected).await;
                    assert_eq!(changed, 1, "nobody else writes");
                    expected = record.header.version;
                }
            }
        })
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

/// Every column of a row that the store reads, but the parts.
struct Header {
    _state: String,
    numbers: [Option<i64>; 13],
    _currency: Option<String>,
    _ledger: String,
}

impl Header {
    fn read(row: &Row) -> Self {
        let columns = [0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14];
        Self {
            _state: row.get(2),
            numbers: columns.map(|column| row.get(column)),
            _currency: row.get(8),
            _ledger: row.get(15),
        }
    }

    fn version(&self) -> Version {
        let [sequence, write_id] =
            [0, 1].map(|column| self.numbers[column].expect("a number").cast_unsigned());
        Version::new(sequence, write_id).expect("a version")
    }
}

impl Floor {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let load = client.prepare(
            "SELECT version, write_id, state, format, created_at, updated_at, expires_at, marked,
                 currency, lines, units, subtotal, total, claimed_until, converted_at, ledger,
                 items, conditions, metadata
             FROM floor
             WHERE tenant = $1 AND class = $2 AND identifier = $3 AND instance = $4",
        );
        let load = load.await?;
        let save = client.prepare(
            "UPDATE floor SET version = $1, write_id = $2, state = $3, format = $4,
                 created_at = $5, updated_at = $6, expires_at = $7, marked = $8, currency = $9,
                 lines = $10, units = $11, subtotal = $12, total = $13, claimed_until = $14,
                 converted_at = $15, ledger = $16, items = $17, conditions = $18, metadata = $19
             WHERE tenant = $20 AND class = $21 AND identifier = $22 AND instance = $23
                 AND version = $24 AND write_id = $25
                 AND (expires_at IS NULL OR expires_at > $26)",
        );
        let save = save.await?;
        Ok(Self { client, load, save })
    }

    async fn load(&self, key: &CartKey) -> Row {
        let owner = key.owner();
        let parameters: [&(dyn ToSql + Sync); 4] = [
            &owner.tenant().as_str().as_bytes(),
            &owner.class().as_str(),
            &owner.identifier().as_bytes(),
            &key.instance().as_str().as_bytes(),
        ];
        let row = self.client.query_one(&self.load, &parameters).await;
        row.expect("the cart")
    }

    async fn save(
        &self,
        key: &CartKey,
        record: &CartRecord,
        [items, conditions, metadata]: &[String; 3],
        expected: Version,
    ) -> u64 {
        let (owner, header) = (key.owner(), &record.header);
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let summary = &header.summary;
        let parameters: [&(dyn ToSql + Sync); 26] = [
            &header.version.sequence().cast_signed(),
            &header.version.write_id().cast_signed(),
            &header.state.as_str(),
            &i64::from(header.format),
            &header.created_at.as_millis(),
            &header.updated_at.as_millis(),
            &millis(header.expires_at),
            &i64::from(header.marked),
            &summary.currency.as_ref().map(|currency| currency.code()),
            &i64::from(summary.lines),
            &summary.units.cast_signed(),
            &summary.subtotal,
            &summary.total,
            &millis(summary.claimed_until),
            &millis(summary.converted_at),
            &header.ledger.as_str(),
            items,
            conditions,
            metadata,
            &owner.tenant().as_str().as_bytes(),
            &owner.class().as_str(),
            &owner.identifier().as_bytes(),
            &key.instance().as_str().as_bytes(),
            &expected.sequence().cast_signed(),
            &expected.write_id().cast_signed(),
            &header.created_at.as_millis(),
        ];
        let changed = self.client.execute(&self.save, &parameters).await;
        changed.expect("a write")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    for level in ["on", "off"] {
        let bench = Bench::new(level)?;
        let loads = [(1, Claim::Cost(1.10)), (MANY, Claim::Throughput(1.5))];
        // A load waits for no disk: one of the levels shows it.
        for (tasks, claim) in loads.into_iter().filter(|_| level == "on") {
            pairs.measure(
                &format!("load, {tasks} tasks"),
                claim,
                tasks as u64,
                &mut |rounds| bench.load(tasks, rounds),
                &mut |rounds| bench.floor_load(tasks, rounds),
            );
        }
        for (tasks, claim) in [(1, Claim::Cost(1.20)), (MANY, Claim::Throughput(0.9))] {
            pairs.measure(
                &format!("save synchronous_commit={level}, {tasks} tasks"),
                claim,
                tasks as u64,
                &mut |rounds| bench.save(tasks, rounds),
                &mut |rounds| bench.floor_save(tasks, rounds),
            );
        }
    }
    pairs.finish()
}
