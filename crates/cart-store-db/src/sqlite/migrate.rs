//! The schema of an SQLite file: what it is, and how it is applied and taken back.

use cart_core::{Error, ErrorKind, Operation, Result};
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Nullable};
use diesel::{QueryResult, RunQueryDsl, SqliteConnection};

use super::classify::{Phase, classify};
use super::config::{Location, SqliteConfig};
use super::connection::{Missing, open};
use super::job::on_thread;
use super::store::name;
use crate::schema::{Migration, SchemaStatus, migrations};
use crate::statement::{Purpose, Statement};
use crate::table::TableName;
use crate::value::Value;

/// Every step, in its order.
const MIGRATIONS: &[Migration] = &migrations!("sqlite");

/// The newest version.
const LATEST: u32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// The schema in an SQLite file, for whoever looks after it.
///
/// A store that is opened applies what is missing by itself, unless its configuration says
/// otherwise. The version stands in a table of its own, `carts_schema`, and not in SQLite's
/// `user_version`: a file has only one of those, and may hold other tables, and several carts
/// tables.
#[derive(Clone, Debug)]
pub struct SqliteSchema {
    config: SqliteConfig,
}

impl SqliteSchema {
    /// The schema in the database that `config` describes.
    pub fn new(config: SqliteConfig) -> Self {
        Self { config }
    }

    /// Every step, in its order.
    pub fn migrations() -> &'static [Migration] {
        MIGRATIONS
    }

    /// The SQL of all steps, for this table.
    pub fn sql(&self) -> String {
        let steps: Vec<String> = MIGRATIONS
            .iter()
            .map(|migration| migration.up(&self.config.table))
            .collect();
        steps.join("\n")
    }

    /// Which schema the database has; a file that isn't there has none, and isn't created.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unprepared`] when the file is no database or its carts table is another
    /// program's, and what opening a file can meet.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed in any case.
    pub async fn status(&self) -> Result<SchemaStatus> {
        let config = self.config.clone();
        self.on_thread(move || {
            if is_missing(&config) {
                return Ok(of_version(0));
            }
            status(&mut open(&config, Missing::Refuse)?, &config.table)
        })
        .await
    }

    /// Applies the steps that are missing, all or none, and tells the status afterwards.
    ///
    /// # Errors
    ///
    /// As [`SqliteSchema::status`]; [`ErrorKind::Unprepared`] when the database is ahead of this
    /// release.
    ///
    /// # Cancel safety
    ///
    /// The steps are applied to the end, all or none.
    pub async fn apply(&self) -> Result<SchemaStatus> {
        let config = self.config.clone();
        self.on_thread(move || apply(&mut open(&config, Missing::Create)?, &config.table))
            .await
    }

    /// Takes the last step back and tells the status afterwards. **What the step had created is
    /// lost**: for the first one, every cart.
    ///
    /// # Errors
    ///
    /// As [`SqliteSchema::apply`]; [`ErrorKind::Unprepared`] when there is no such file.
    ///
    /// # Cancel safety
    ///
    /// The step is taken back wholly or not at all.
    pub async fn revert(&self) -> Result<SchemaStatus> {
        let config = self.config.clone();
        self.on_thread(move || {
            check_presence(&config)?;
            let mut connection = open(&config, Missing::Refuse)?;
            change(&mut connection, &config.table, |version| {
                let last = MIGRATIONS.iter().filter(|step| step.version == version);
                last.map(|step| step.down(&config.table)).collect()
            })
        })
        .await
    }

    async fn on_thread<T, W>(&self, work: W) -> Result<T>
    where
        W: FnOnce() -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        on_thread(work)
            .await
            .map_err(|error| error.during(Operation::Open).in_store(&name()))
    }
}

/// Whether the database is a file that isn't there.
fn is_missing(config: &SqliteConfig) -> bool {
    match &config.location {
        Location::File(path) => !path.exists(),
        Location::Memory => false,
    }
}

/// Checks that the database isn't a file that isn't there: SQLite would only say that it can't be
/// opened, which sounds like a right that is missing.
pub(super) fn check_presence(config: &SqliteConfig) -> Result<()> {
    if !is_missing(config) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unprepared,
        "there is no database file at this path: check the path, or create the database by \
         `cart schema apply`",
    ))
}

/// Applies the steps that are missing.
pub(super) fn apply(connection: &mut SqliteConnection, table: &TableName) -> Result<SchemaStatus> {
    change(connection, table, |version| {
        let missing = MIGRATIONS.iter().filter(|step| step.version > version);
        missing.map(|step| step.up(table)).collect()
    })
}

/// Runs the steps that `steps` names for the version that is there, in one transaction.
fn change(
    connection: &mut SqliteConnection,
    table: &TableName,
    steps: impl FnOnce(u32) -> Vec<String>,
) -> Result<SchemaStatus> {
    connection
        .batch_execute("BEGIN IMMEDIATE")
        .map_err(|error| failed(&error))?;
    let changed = status(connection, table).and_then(|found| {
        found.not_newer()?;
        let steps = steps(found.version);
        let mut run = |step: &String| connection.batch_execute(step);
        steps
            .iter()
            .try_for_each(&mut run)
            .map_err(|error| failed(&error))?;
        status(connection, table)
    });
    let end = if changed.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = connection.batch_execute(end);
    let changed = changed?;
    ended.map_err(|error| classify(&error, Phase::Commit))?;
    Ok(changed)
}

/// Which schema the database has for `table`.
pub(super) fn status(connection: &mut SqliteConnection, table: &TableName) -> Result<SchemaStatus> {
    let is_there = |connection: &mut SqliteConnection, name: &str| -> Result<bool> {
        let values = [Value::Text(name)];
        let found: QueryResult<i64> =
            Statement::<CountTables, _>::new(TABLES, values).get_result(connection);
        Ok(found.map_err(|error| failed(&error))? > 0)
    };
    if is_there(connection, &format!("{table}_schema"))? {
        let text = format!("SELECT max(\"version\") FROM \"{table}_schema\"");
        let version: QueryResult<Option<i64>> =
            Statement::<NewestVersion, _>::new(&text, []).get_result(connection);
        let version = version.map_err(|error| failed(&error))?.unwrap_or(0);
        if version > 0 && !is_there(connection, table.as_str())? {
            return Err(Error::new(
                ErrorKind::Unprepared,
                format!(
                    "the table {table} is gone, and {table}_schema still speaks of it: restore a \
                     backup, or drop {table}_schema to begin anew"
                ),
            ));
        }
        return Ok(of_version(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    if is_there(connection, table.as_str())? {
        return Err(Error::new(
            ErrorKind::Unprepared,
            format!("the table {table} was not made by this library: choose another table name"),
        ));
    }
    Ok(of_version(0))
}

const TABLES: &str = "SELECT count(*) FROM sqlite_schema \
     WHERE type = 'table' AND name = ? COLLATE NOCASE";

struct CountTables;

impl Purpose for CountTables {
    type Row = BigInt;
}

struct NewestVersion;

impl Purpose for NewestVersion {
    type Row = Nullable<BigInt>;
}

const fn of_version(version: u32) -> SchemaStatus {
    SchemaStatus {
        version,
        latest: LATEST,
    }
}

fn failed(error: &DieselError) -> Error {
    classify(error, Phase::Statement)
}
