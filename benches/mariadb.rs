//! What the store adds to MariaDB: operations on ten-line carts, beside `mysql_async` running the same
//! prepared statements with the same structs, on a private server that syncs every commit.
//!
//! The floor has a connection for each task and no pool, deadlines, versions or layers; the store has
//! its defaults: 16 connections.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::error::Error;

use cart_bench::floor::{Row, SqlFloor, Texts, Values, Write, key_texts};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::sides::{MANY, Sides, connections, fill};
use cart_bench::typed::Typed;
use cart_core::{CartKey, Version};
use cart_store_db::{MysqlCartStore, MysqlConfig};
use cart_testkit::servers::{MariaDb, Options, Server};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Statement, Value};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

/// The connection of a task, which does one thing at a time, and its statements.
struct Raw {
    connection: Mutex<Conn>,
    load: Statement,
    save: Statement,
    insert: Statement,
}

impl Raw {
    async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut connection = Conn::from_url(url).await?;
        connection
            .query_drop("SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'")
            .await?;
        connection
            .query_drop("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            .await?;
        let texts = Texts::of("floor", |_| "?".to_owned());
        Ok(Self {
            load: connection.prep(&texts.load).await?,
            save: connection.prep(&texts.save).await?,
            insert: connection.prep(&texts.insert).await?,
            connection: Mutex::new(connection),
        })
    }
}

impl SqlFloor for Raw {
    async fn load(&self, key: &CartKey) -> (Typed, Version) {
        let (class, [tenant, identifier, instance]) = key_texts(key);
        let parameters = (class, tenant, identifier, instance);
        let mut connection = self.connection.lock().await;
        let row = connection.exec_first(&self.load, parameters).await;
        drop(connection);
        let row: mysql_async::Row = row.expect("an answer").expect("the cart");
        Row::read(
            |column| row.get(column).expect("a number"),
            |column| row.get(column).expect("a text"),
        )
        .typed()
    }

    async fn write(&self, write: Write, values: &Values<'_>, condition: &[i64]) -> bool {
        let statement = match write {
            Write::Save => &self.save,
            Write::Insert => &self.insert,
        };
        let parameters: Vec<Value> = (values.numbers.into_iter().map(Value::from))
            .chain(values.texts.into_iter().map(Value::from))
            .chain([values.class.into()])
            .chain(values.names.into_iter().map(Value::from))
            .chain(condition.iter().copied().map(Value::from))
            .collect();
        let mut connection = self.connection.lock().await;
        let written = connection.exec_drop(statement, parameters).await;
        written.expect("a write");
        connection.affected_rows() == 1
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    let runtime = Runtime::new()?;
    for flush in ["1", "2"] {
        let options = Options::new()
            .durable()
            .setting("innodb_flush_log_at_trx_commit", flush)
            .setting("max_connections", "120");
        let server = runtime.block_on(MariaDb::start(options))?;
        let open = |table: &str| -> Result<MysqlCartStore, Box<dyn Error>> {
            let config: MysqlConfig = server.url().parse()?;
            let config = config.with_table(table.parse()?);
            let store = runtime.block_on(MysqlCartStore::open(config))?;
            fill(&runtime, &store);
            Ok(store)
        };
        let store = open("carts")?;
        drop(open("floor")?);
        let floors = connections(&runtime, async || Raw::connect(&server.url()).await)?;
        let sides = Sides::new(&runtime, store, floors);
        // A load waits for no disk: one of the levels shows it.
        if flush == "1" {
            sides.loads(&mut pairs, 1, Claim::Cost(1.10));
            sides.loads(&mut pairs, MANY, Claim::None);
        }
        let level = format!("flush_log_at_trx_commit={flush}");
        for (tasks, claim) in [(1, Claim::Cost(1.20)), (MANY, Claim::None)] {
            sides.saves(&mut pairs, &level, tasks, claim);
            sides.insertions(&mut pairs, &level, tasks, Claim::None);
            sides.deletions(&mut pairs, &level, tasks, Claim::None);
        }
    }
    pairs.finish()
}
