//! The statements in which PostgreSQL has words of its own.

use crate::row::{HEADER, KEY, PARTS};
use crate::server::{Slot, Statements, Write};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED, conditions, listed};
use crate::table::TableName;

pub(super) fn of(table: &TableName) -> Statements {
    let record = listed(HEADER.iter().chain(&PARTS));
    let older = format!("\"{table}\".\"version\" < excluded.\"version\"");
    let older_tombstone = format!("(\"{table}\".\"state\" = 'deleted' AND {older})");
    let another = format!(
        "(\"{table}\".\"version\", \"{table}\".\"write_id\") \
         <> (excluded.\"version\", excluded.\"write_id\")"
    );
    Statements {
        absent: vec![upsert(table, &older_tombstone)],
        any: vec![upsert(table, &another)],
        older: vec![upsert(table, &older)],
        lock_key: "SELECT pg_advisory_xact_lock(?)".to_owned(),
        // GREATEST leaves out what is NULL.
        renew: format!(
            "UPDATE \"{table}\" SET \"expires_at\" = GREATEST(\"expires_at\", ?) \
             WHERE {} AND {IS_LIVE} AND {IS_NOT_EXPIRED} RETURNING {record}",
            conditions(&KEY)
        ),
        renew_returns: true,
        // A row that somebody is writing is left for later. The lock looks at the time again,
        // should the row have changed since it was found. As an array, the few that were found are
        // looked up one by one; a join would read the table.
        sweep: format!(
            "DELETE FROM \"{table}\" WHERE \"id\" = ANY (ARRAY(SELECT \"id\" FROM \"{table}\" \
             WHERE \"expires_at\" <= ? ORDER BY \"expires_at\" LIMIT ? FOR UPDATE SKIP LOCKED))"
        ),
        table_exists: "SELECT count(*) FROM pg_class WHERE oid = to_regclass(quote_ident(?))"
            .to_owned(),
        ..Statements::common(table.clone(), "FOR UPDATE")
    }
}

/// Writes a new row, or over one that has expired or of which `condition` holds.
fn upsert(table: &TableName, condition: &str) -> Write {
    let replaced: Vec<String> = HEADER
        .iter()
        .chain(&PARTS)
        .map(|column| format!("\"{column}\" = excluded.\"{column}\""))
        .collect();
    let text = format!(
        "{} ON CONFLICT ({}) DO UPDATE SET {} WHERE \"{table}\".\"expires_at\" <= ? OR {condition}",
        Statements::insert(table),
        listed(&KEY),
        replaced.join(", ")
    );
    let takes = vec![Slot::Key, Slot::Record, Slot::Now];
    Write { text, takes }
}

/// The number that those lock who change the schema of this table.
pub(super) fn schema_number(table: &TableName) -> i64 {
    crate::server::number_of(&format!("schema of {table}"))
}
