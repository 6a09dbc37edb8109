//! The statements in which MySQL has words of its own.

use crate::row::{HEADER, KEY, PARTS};
use crate::server::{Slot, Statements, Write};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED, conditions};
use crate::table::TableName;

pub(super) fn of(table: &TableName) -> Statements {
    let older = "\"version\" < VALUES(\"version\")";
    let mut statements = Statements::common(table.clone(), "FOR UPDATE");
    statements.absent = vec![upsert(table, &format!("\"state\" = 'deleted' AND {older}"))];
    statements.older = vec![upsert(table, older)];
    statements.any = vec![upsert(
        table,
        "\"version\" <> VALUES(\"version\") OR \"write_id\" <> VALUES(\"write_id\")",
    )];
    // A transaction holds rows alone: one of a few stands for every key without a row.
    statements.lock_key =
        format!("SELECT \"number\" FROM \"{table}_locks\" WHERE \"number\" = (? & 255) FOR UPDATE");
    statements.renew = format!(
        "UPDATE \"{table}\" SET \"expires_at\" = \
         GREATEST(COALESCE(\"expires_at\", -9223372036854775807), ?) WHERE {} AND {IS_LIVE} AND {IS_NOT_EXPIRED}",
        conditions(&KEY)
    );
    // A row that somebody is writing is left for later, which only a query can do: a `DELETE` waits,
    // even with such a query in it.
    statements.sweep = format!(
        "SELECT \"id\" FROM \"{table}\" WHERE \"expires_at\" <= ? \
         ORDER BY \"expires_at\" LIMIT ? FOR UPDATE SKIP LOCKED"
    );
    statements.sweep_of_held = Some(format!("DELETE FROM \"{table}\" WHERE \"id\" IN"));
    // Names are told apart by case where the server tells its files apart so.
    "SELECT count(*) FROM information_schema.tables AS \"there\" \
         JOIN (SELECT ? AS \"name\") AS \"asked\" ON \"there\".\"table_name\" = \"asked\".\"name\" \
         AND (@@lower_case_table_names > 0 \
         OR CAST(\"there\".\"table_name\" AS BINARY) = CAST(\"asked\".\"name\" AS BINARY)) \
         WHERE \"there\".\"table_schema\" = DATABASE()"
        .clone_into(&mut statements.table_exists);
    statements
}

/// What a row's format is while the statement that replaces it runs: none that is ever stored.
const REPLACING: &str = "-1";

/// Writes a new row, or over one that has expired or of which `condition` holds.
///
/// The condition can't stand at the end of the statement, and must not be judged anew for each
/// column, as the columns that it looks at are assigned on the way, one after the other. So the
/// first assignment judges it and leaves a mark, which the last one takes away.
fn upsert(table: &TableName, condition: &str) -> Write {
    let judged =
        format!("\"format\" = IF(\"expires_at\" <= ? OR ({condition}), {REPLACING}, \"format\")");
    let others = HEADER
        .iter()
        .chain(&PARTS)
        .filter(|column| **column != "format")
        .chain(&["format"])
        .map(|column| {
            format!(
                "\"{column}\" = IF(\"format\" = {REPLACING}, VALUES(\"{column}\"), \"{column}\")"
            )
        });
    let assigned: Vec<String> = [judged].into_iter().chain(others).collect();
    let text = format!(
        "{} ON DUPLICATE KEY UPDATE {}",
        Statements::insert(table),
        assigned.join(", ")
    );
    let takes = vec![Slot::Key, Slot::Record, Slot::Now];
    Write { text, takes }
}
