//! What the store adds to PostgreSQL: operations on ten-line carts, beside `tokio-postgres` running
//! the same prepared statements with the same structs, on a private server with `fsync` on.
//!
//! The floor has a connection for each task and no pool, deadlines, versions or layers; the store has
//! its defaults: a few shared connections for loads, 16 for writes.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::error::Error;

use cart_bench::clients;
use cart_bench::floor::{Row, SqlFloor, Texts, Values, Write, key_texts};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::sides::{MANY, Sides, connections, fill};
use cart_bench::typed::Typed;
use cart_core::{CartKey, Version};
use cart_store_db::{PostgresCartStore, PostgresConfig};
use cart_testkit::servers::{Options, Postgres, Server};
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

/// The connection of a task and its statements.
struct Raw {
    client: Client,
    load: Statement,
    save: Statement,
    insert: Statement,
}

type Parameter<'a> = &'a (dyn ToSql + Sync);

impl Raw {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let client = clients::postgres(url).await?;
        let texts = Texts::of("floor", |number| format!("${number}"));
        Ok(Self {
            load: client.prepare(&texts.load).await?,
            save: client.prepare(&texts.save).await?,
            insert: client.prepare(&texts.insert).await?,
            client,
        })
    }
}

impl SqlFloor for Raw {
    async fn load(&self, key: &CartKey) -> (Typed, Version) {
        let (class, names) = key_texts(key);
        let [tenant, identifier, instance] = names.map(str::as_bytes);
        let parameters: [Parameter<'_>; 4] = [&class, &tenant, &identifier, &instance];
        let row = self.client.query_one(&self.load, &parameters).await;
        let row = row.expect("the cart");
        Row::read(|column| row.get(column), |column| row.get(column)).typed()
    }

    async fn write(&self, write: Write, values: &Values<'_>, condition: &[i64]) -> bool {
        let statement = match write {
            Write::Save => &self.save,
            Write::Insert => &self.insert,
        };
        let names = values.names.map(str::as_bytes);
        let parameters: Vec<Parameter<'_>> =
            (values.numbers.iter().map(|number| number as Parameter<'_>))
                .chain(values.texts.iter().map(|text| text as Parameter<'_>))
                .chain([&values.class as Parameter<'_>])
                .chain(names.iter().map(|name| name as Parameter<'_>))
                .chain(condition.iter().map(|number| number as Parameter<'_>))
                .collect();
        let changed = self.client.execute(statement, &parameters).await;
        changed.expect("a write") == 1
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    let runtime = Runtime::new()?;
    for level in ["on", "off"] {
        let options = Options::new()
            .durable()
            .setting("synchronous_commit", level)
            .setting("max_connections", "120");
        let server = runtime.block_on(Postgres::start(options))?;
        let open = |table: &str| -> Result<PostgresCartStore, Box<dyn Error>> {
            let config: PostgresConfig = server.url().parse()?;
            let config = config.with_table(table.parse()?);
            let store = runtime.block_on(PostgresCartStore::open(config))?;
            fill(&runtime, &store);
            Ok(store)
        };
        let store = open("carts")?;
        drop(open("floor")?);
        let floors = connections(&runtime, async || Raw::connect(&server.url()).await)?;
        let sides = Sides::new(&runtime, store, floors);
        // A load waits for no disk: one of the levels shows it.
        if level == "on" {
            sides.loads(&mut pairs, 1, Claim::Cost(1.10));
            sides.loads(&mut pairs, MANY, Claim::Throughput(1.5));
        }
        let level = format!("synchronous_commit={level}");
        for (tasks, claim) in [(1, Claim::Cost(1.20)), (MANY, Claim::Throughput(0.9))] {
            sides.saves(&mut pairs, &level, tasks, claim);
            sides.insertions(&mut pairs, &level, tasks, Claim::None);
            sides.deletions(&mut pairs, &level, tasks, Claim::None);
        }
    }
    pairs.finish()
}
