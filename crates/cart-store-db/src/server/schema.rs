//! The schema on a server: what it is, and how it is applied and taken back.

use std::time::Duration;

use cart_core::{Error, ErrorKind, Operation, Result};

use super::config::ServerConfig;
use super::connection::{Connection, row};
use super::deadline::Deadline;
use super::driver::Server;
use super::failure::Failure;
use super::pool::{Pool, Pooled};
use super::statements::Statements;
use super::store::name;
use crate::row::NumberRow;
use crate::schema::{Migration, SchemaStatus};
use crate::table::TableName;
use crate::value::Value;

/// How long changing the schema may take: with many carts, longer than any other call.
const LIMIT: Duration = Duration::from_secs(600);

/// The schema on a server, for whoever looks after it: [`PostgresSchema`](crate::PostgresSchema)
/// is one.
///
/// A store that is opened applies what is missing by itself, unless its configuration says
/// otherwise. However many do that at the same time, each step is taken once. The version stands
/// in a table of its own, `carts_schema`.
#[derive(Clone, Debug)]
pub struct ServerSchema<S: Server> {
    config: ServerConfig<S>,
}

impl<S: Server> ServerSchema<S> {
    /// The schema in the database that `config` describes.
    pub fn new(config: ServerConfig<S>) -> Self {
        Self { config }
    }

    /// Every step, in its order.
    pub fn migrations() -> &'static [Migration] {
        S::MIGRATIONS
    }

    /// The SQL of all steps, for this table.
    pub fn sql(&self) -> String {
        let steps: Vec<String> = S::MIGRATIONS
            .iter()
            .map(|migration| migration.up(&self.config.settings.table))
            .collect();
        steps.join("\n")
    }

    /// Which schema the database has.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unprepared`] when the carts table is another program's, and what connecting
    /// can meet.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed in any case.
    pub async fn status(&self) -> Result<SchemaStatus> {
        self.on_a_connection(async |pooled, statements| {
            status::<S>(&mut pooled.connection, statements).await
        })
        .await
    }

    /// Applies the steps that are missing, and tells the status afterwards.
    ///
    /// # Errors
    ///
    /// As [`ServerSchema::status`]; [`ErrorKind::Unprepared`] when the database is ahead of this
    /// release.
    ///
    /// # Cancel safety
    ///
    /// Each step is taken wholly or not at all; calling again takes the rest.
    pub async fn apply(&self) -> Result<SchemaStatus> {
        self.on_a_connection(async |pooled, statements| {
            apply::<S>(&mut pooled.connection, statements).await
        })
        .await
    }

    /// Takes the last step back and tells the status afterwards. **What the step had created is
    /// lost**: for the first one, every cart.
    ///
    /// # Errors
    ///
    /// As [`ServerSchema::apply`].
    ///
    /// # Cancel safety
    ///
    /// The step is taken back wholly or not at all.
    pub async fn revert(&self) -> Result<SchemaStatus> {
        self.on_a_connection(async |pooled, statements| {
            change::<S>(&mut pooled.connection, statements, Change::Revert).await
        })
        .await
    }

    async fn on_a_connection(
        &self,
        work: impl AsyncFnOnce(&mut Pooled<S>, &Statements) -> Result<SchemaStatus, Failure>,
    ) -> Result<SchemaStatus> {
        let settings = &self.config.settings;
        let done = async {
            let pool = Pool::<S>::new(settings)?;
            let connecting = Deadline::after(settings.connect_timeout);
            let mut pooled = pool.take(connecting).await?;
            let statements = S::statements(&settings.table);
            let done = work(&mut pooled, &statements);
            Deadline::after(LIMIT).bound(done).await
        };
        let failed = |failure: Failure| {
            let error = failure.into_error();
            error.during(Operation::Open).in_store(&name::<S>())
        };
        done.await.map_err(failed)
    }
}

/// Which way the schema is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Apply,
    Revert,
}

impl Change {
    /// The SQL of the steps, for a database that has this version.
    fn steps(self, version: u32, migrations: &[Migration], table: &TableName) -> Vec<String> {
        let is_due = |step: &&Migration| match self {
            Self::Apply => step.version > version,
            Self::Revert => step.version == version,
        };
        let sql = |step: &Migration| match self {
            Self::Apply => step.up(table),
            Self::Revert => step.down(table),
        };
        migrations.iter().filter(is_due).map(sql).collect()
    }
}

/// Applies the steps that are missing.
pub(super) async fn apply<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
) -> Result<SchemaStatus, Failure> {
    change::<S>(connection, statements, Change::Apply).await
}

async fn change<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
    change: Change,
) -> Result<SchemaStatus, Failure> {
    let table = &statements.table;
    S::begin_schema(connection, table).await?;
    let changed = take_steps::<S>(connection, statements, change).await;
    let ended = S::end_schema(connection, table, changed.is_ok()).await;
    let changed = changed?;
    ended?;
    Ok(changed)
}

async fn take_steps<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
    change: Change,
) -> Result<SchemaStatus, Failure> {
    let found = look::<S>(connection, statements).await?;
    found.not_newer()?;
    for step in change.steps(found.version, S::MIGRATIONS, &statements.table) {
        connection.batch(&step).await?;
    }
    look::<S>(connection, statements).await
}

/// Which schema the database has for the table.
///
/// Looking takes no lock, so that opening waits for nobody when there is nothing to do. What makes
/// no sense is looked at again while nobody changes it: a step may have been half taken.
pub(super) async fn status<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
) -> Result<SchemaStatus, Failure> {
    let looked = look::<S>(connection, statements).await;
    if !matches!(&looked, Err(failure) if failure.kind() == ErrorKind::Unprepared) {
        return looked;
    }
    let table = &statements.table;
    S::begin_schema(connection, table).await?;
    let looked = look::<S>(connection, statements).await;
    S::end_schema(connection, table, false).await?;
    looked
}

async fn look<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
) -> Result<SchemaStatus, Failure> {
    let table = &statements.table;
    let has_carts = exists(connection, statements, table.as_str()).await?;
    if !exists(connection, statements, &format!("{table}_schema")).await? {
        if has_carts {
            return Err(unprepared(format!(
                "the table {table} was not made by this library: choose another table name"
            )));
        }
        return Ok(of_version::<S>(0));
    }
    let version: Option<NumberRow> = row(connection, &statements.schema_version, &[]).await?;
    let version = version.and_then(|version| version.0).unwrap_or(0);
    if version > 0 && !has_carts {
        return Err(unprepared(format!(
            "the table {table} is gone, and {table}_schema still speaks of it: restore a backup, \
             or drop {table}_schema to begin anew"
        )));
    }
    Ok(of_version::<S>(u32::try_from(version).unwrap_or(u32::MAX)))
}

async fn exists<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    table: &str,
) -> Result<bool, Failure> {
    let name = [Value::Text(table)];
    let found: Option<NumberRow> = row(connection, &statements.table_exists, &name).await?;
    Ok(found.and_then(|found| found.0).unwrap_or(0) > 0)
}

fn of_version<S: Server>(version: u32) -> SchemaStatus {
    SchemaStatus {
        version,
        latest: S::MIGRATIONS.last().map_or(0, |step| step.version),
    }
}

fn unprepared(message: String) -> Failure {
    Error::new(ErrorKind::Unprepared, message).into()
}
