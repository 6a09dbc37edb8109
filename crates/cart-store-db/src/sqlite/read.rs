//! What the readers ask the table.

use cart_core::{CartKey, Health, Instance, Owner, Stored, Timestamp};
use diesel::{OptionalExtension, RunQueryDsl, SqliteConnection};

use super::connection::Settings;
use super::job::Failure;
use super::statements::{Check, Instances, Load, Statements};
use crate::row::{RecordRow, corrupt, key_values, owner_values};
use crate::statement::Statement;
use crate::value::Value;

/// What is stored under a key.
pub(super) fn load(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: &CartKey,
    now: Timestamp,
) -> Result<Stored, Failure> {
    let row: Option<RecordRow> = Statement::<Load, _>::new(&statements.load, key_values(key))
        .get_result(connection)
        .optional()?;
    let record = row.map(RecordRow::record).transpose()?;
    Ok(Stored::of(record, now))
}

/// The instances of an owner's live carts.
pub(super) fn instances(
    connection: &mut SqliteConnection,
    statements: &Statements,
    owner: &Owner,
    now: Timestamp,
) -> Result<Vec<Instance>, Failure> {
    let [tenant, class, identifier] = owner_values(owner);
    let values = [tenant, class, identifier, Value::Integer(now.as_millis())];
    let names: Vec<String> =
        Statement::<Instances, _>::new(&statements.instances, values).load(connection)?;
    let instances: Result<Vec<Instance>, _> = names.into_iter().map(Instance::new).collect();
    Ok(instances.map_err(|source| corrupt("instance").with_source(source))?)
}

/// Whether the table is there, and how the connection is set up.
pub(super) fn ping(
    connection: &mut SqliteConnection,
    statements: &Statements,
) -> Result<Health, Failure> {
    let settings = Settings::ask(connection)?;
    let _rows: i64 = Statement::<Check, _>::new(&statements.check, []).get_result(connection)?;
    Ok(Health::new(settings.durability(), settings.description()))
}
