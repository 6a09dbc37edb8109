//! What is read of the table.

use cart_core::{CartKey, CartRecord, Instance, Owner, Stored, Timestamp};

use super::connection::{Connection, row};
use super::failure::Failure;
use super::statements::Statements;
use crate::row::{NameRow, RecordRow, corrupt, key_values, owner_values};
use crate::value::Value;

/// The record of a key, expired or not; `text` is one of the queries for that.
pub(super) async fn record<C: Connection>(
    connection: &mut C,
    text: &str,
    key: &CartKey,
) -> Result<Option<CartRecord>, Failure> {
    let found: Option<RecordRow> = row(connection, text, &key_values(key)).await?;
    Ok(found.map(RecordRow::record).transpose()?)
}

/// Loads a cart and moves its expiry, and nothing else of it.
pub(super) async fn renew<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    key: &CartKey,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Stored, Failure> {
    let [tenant, class, identifier, instance] = key_values(key);
    let [expiry, present] = [expires_at, now].map(|at| Value::Integer(at.as_millis()));
    let values = [expiry, tenant, class, identifier, instance, present];
    if statements.renew_returns {
        let renewed: Option<RecordRow> = row(connection, &statements.renew, &values).await?;
        if let Some(renewed) = renewed {
            return Ok(Stored::of(Some(renewed.record()?), now));
        }
    } else {
        connection.execute(&statements.renew, &values).await?;
    }
    let record = record(connection, &statements.load, key).await?;
    Ok(Stored::of(record, now))
}

/// The instances of an owner's live carts.
pub(super) async fn instances<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    owner: &Owner,
    now: Timestamp,
) -> Result<Vec<Instance>, Failure> {
    let [tenant, class, identifier] = owner_values(owner);
    let values = [tenant, class, identifier, Value::Integer(now.as_millis())];
    let names: Vec<NameRow> = connection.rows(&statements.instances, &values).await?;
    let instances: Result<Vec<Instance>, _> = names
        .into_iter()
        .map(|name| Instance::new(name.0))
        .collect();
    Ok(instances.map_err(|source| corrupt("instance").with_source(source))?)
}
