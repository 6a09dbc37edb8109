//! What the store adds to SQLite: operations on ten-line carts, beside SQLite itself running the
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cart_bench::floor::{Row, SqlFloor, Texts, Values, Write, key_texts};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::sides::{MANY, Sides, fill};
use cart_bench::typed::Typed;
use cart_core::{CartKey, Version};
use cart_store_db::{SqliteCartStore, SqliteConfig, Synchronous};
use rusqlite::{Connection, ToSql};
use tokio::runtime::Runtime;

/// The one connection of all tasks.
struct Raw {
    connection: Mutex<Connection>,
    texts: Texts,
}

impl Raw {
    fn open(path: &Path, level: &str) -> Result<Self, Box<dyn Error>> {
        let connection = Connection::open(path)?;
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {level};"
        ))?;
        Ok(Self {
            connection: Mutex::new(connection),
            texts: Texts::of("carts", |_| "?".to_owned()),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        let connection = self.connection.lock();
        connection.unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqlFloor for Raw {
    async fn load(&self, key: &CartKey) -> (Typed, Version) {
        let (class, [tenant, identifier, instance]) = key_texts(key);
        let row = {
            let connection = self.connection();
            let text = &self.texts.load;
            let mut statement = connection.prepare_cached(text).expect("a statement");
            let row = statement.query_row([class, tenant, identifier, instance], |row| {
                Ok(Row::read(
                    |column| row.get(column).expect("a number"),
                    |column| row.get(column).expect("a text"),
                ))
            });
            row.expect("the cart")
        };
        row.typed()
    }

    async fn write(&self, write: Write, values: &Values<'_>, condition: &[i64]) -> bool {
        let text = match write {
            Write::Save => &self.texts.save,
            Write::Insert => &self.texts.insert,
        };
        let values: Vec<&dyn ToSql> = (values.numbers.iter().map(|number| number as &dyn ToSql))
            .chain(values.texts.iter().map(|text| text as &dyn ToSql))
            .chain([&values.class as &dyn ToSql])
            .chain(values.names.iter().map(|name| name as &dyn ToSql))
            .chain(condition.iter().map(|number| number as &dyn ToSql))
            .collect();
        let connection = self.connection();
        let mut statement = connection.prepare_cached(text).expect("a statement");
        statement.execute(&*values).expect("a write") == 1
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    let runtime = Runtime::new()?;
    // What an application gets that sets nothing is claimed; the weaker level is there to compare.
    let levels = [("FULL", Synchronous::Full), ("NORMAL", Synchronous::Normal)];
    for (level, synchronous) in levels {
        let folder = tempfile::tempdir()?;
        let [ours, floor] = ["ours.db", "floor.db"].map(|name| folder.path().join(name));
        let open = |path: &Path| -> Result<SqliteCartStore, Box<dyn Error>> {
            let config = SqliteConfig::file(path).with_synchronous(synchronous);
            let store = runtime.block_on(SqliteCartStore::open(config))?;
            fill(&runtime, &store);
            Ok(store)
        };
        let store = open(&ours)?;
        runtime.block_on(open(&floor)?.close());
        let floor = Arc::new(Raw::open(&floor, level)?);
        let sides = Sides::new(&runtime, store, vec![floor; MANY]);
        let is_default = synchronous == Synchronous::Full;
        let claimed = |claim| if is_default { claim } else { Claim::None };
        if is_default {
            sides.loads(&mut pairs, 1, Claim::Cost(1.10));
            sides.loads(&mut pairs, MANY, Claim::None);
        }
        let level = format!("synchronous={level}");
        for (tasks, claim) in [(1, Claim::Cost(1.20)), (MANY, Claim::Throughput(3.0))] {
            sides.saves(&mut pairs, &level, tasks, claimed(claim));
            sides.insertions(&mut pairs, &level, tasks, Claim::None);
            sides.deletions(&mut pairs, &level, tasks, Claim::None);
        }
    }
    pairs.finish()
}
