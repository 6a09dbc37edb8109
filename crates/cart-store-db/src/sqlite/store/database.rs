//! Reports and history on an SQLite file.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{Operation, Result, Timestamp};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{RunQueryDsl, SqliteConnection};

use super::SqliteCartStore;
use crate::database::{Backend, Database, Dialect, Query};
use crate::history::PastRow;
use crate::reports::FigureRow;
use crate::row::EntryRow;
use crate::sqlite::columns::{HeaderSql, KeySql, PartsSql};
use crate::sqlite::reader::Extent;
use crate::sqlite::scan::{HINTS, Scan};
use crate::statement::{Purpose, Statement};
use crate::table::TableName;

const DIALECT: Dialect = Dialect {
    hints: HINTS,
    // `sum` fails beyond 64 bits; its two halves don't, for as many carts as a file holds.
    exact_sum: |column| {
        format!(
            "coalesce(sum({column} >> 32), 0) || ' ' || coalesce(sum({column} & 4294967295), 0)"
        )
    },
    delete_some: |table, condition, column| {
        format!(
            "DELETE FROM \"{table}\" WHERE \"id\" IN (SELECT \"id\" FROM \"{table}\" \
             WHERE {condition} ORDER BY \"{column}\" LIMIT ?)"
        )
    },
    count_triggers: |table| {
        format!(
            "SELECT '', NULL, count(*), 0, 0, 0, 0, '' FROM sqlite_schema \
             WHERE type = 'trigger' AND name = '{table}_audit_update' COLLATE NOCASE"
        )
    },
    audit_on: include_str!("../../../migrations/sqlite/audit/on.sql"),
    audit_off: include_str!("../../../migrations/sqlite/audit/off.sql"),
};

/// As [`Backend::figures`] tells.
type FigureSql = (
    Text,
    Nullable<Text>,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Text,
);

struct Figures;

impl Purpose for Figures {
    type Row = FigureSql;

    const ONE_TEXT: bool = false;
}

struct Versions;

impl Purpose for Versions {
    type Row = (BigInt, BigInt, KeySql, (HeaderSql, PartsSql));

    const ONE_TEXT: bool = false;
}

struct Change;

impl Purpose for Change {
    type Row = ();

    const ONE_TEXT: bool = false;
}

impl SqliteCartStore {
    /// The database of this store: reports and history.
    pub fn database(&self) -> Database {
        Database::new(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Backend for SqliteCartStore {
    fn name(&self) -> Arc<str> {
        Arc::clone(&self.shared.info.name)
    }

    fn scope(&self) -> &str {
        &self.shared.scope
    }

    fn table(&self) -> &TableName {
        &self.shared.statements.table
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    async fn carts(&self, query: Query) -> Result<Vec<EntryRow>> {
        let work = move |connection: &mut SqliteConnection, _: &_, _| {
            Ok(Statement::<Scan, _>::new(&query.text, query.values()).load(connection)?)
        };
        self.read(Operation::Scan, Extent::Long, work).await
    }

    async fn figures(&self, query: Query) -> Result<Vec<FigureRow>> {
        let work = move |connection: &mut SqliteConnection, _: &_, _| {
            Ok(Statement::<Figures, _>::new(&query.text, query.values()).load(connection)?)
        };
        self.read(Operation::Scan, Extent::Long, work).await
    }

    async fn versions(&self, query: Query) -> Result<Vec<PastRow>> {
        let work = move |connection: &mut SqliteConnection, _: &_, _| {
            Ok(Statement::<Versions, _>::new(&query.text, query.values()).load(connection)?)
        };
        self.read(Operation::Scan, Extent::Long, work).await
    }

    async fn change(&self, query: Query) -> Result<usize> {
        let work = move |connection: &mut SqliteConnection, _: &_, _| {
            Ok(Statement::<Change, _>::new(&query.text, query.values()).execute(connection)?)
        };
        self.write(Operation::Sweep, work).await
    }

    async fn run(&self, sql: String) -> Result<()> {
        // The writer's transaction makes the statements one step.
        let work =
            move |connection: &mut SqliteConnection, _: &_, _| Ok(connection.batch_execute(&sql)?);
        self.write(Operation::Open, work).await
    }
}
