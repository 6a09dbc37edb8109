//! The statements on the carts table, their texts in one place.

use diesel::sql_types::{BigInt, Text};

use super::columns::{HeadSql, HeaderSql, PartsSql};
use crate::row::{HEAD, HEADER, KEY, PARTS};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED, conditions, listed};
use crate::statement::Purpose;
use crate::table::TableName;

/// The texts, made once for a table.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) table: TableName,
    pub(super) check: String,
    pub(super) head: String,
    pub(super) insert: String,
    pub(super) instances: String,
    pub(super) load: String,
    pub(super) renew: String,
    pub(super) sweep: String,
    pub(super) unmark: String,
    pub(super) update: String,
    pub(super) write: String,
}

/// Reads whether the table answers.
pub(super) struct Check;
/// Reads what the rules for writing need.
pub(super) struct Head;
/// Writes a record where there is none.
pub(super) struct Insert;
/// Reads an owner's live carts.
pub(super) struct Instances;
/// Reads a record.
pub(super) struct Load;
/// Moves the expiry of a record.
pub(super) struct Renew;
/// Removes expired rows.
pub(super) struct Sweep;
/// Takes the mark off a record of a certain version.
pub(super) struct Unmark;
/// Writes a record over one of a certain version.
pub(super) struct Update;
/// Writes a record, whatever is there.
pub(super) struct Write;

impl Purpose for Check {
    type Row = BigInt;
}

impl Purpose for Head {
    type Row = HeadSql;
}

impl Purpose for Insert {
    type Row = ();
}

impl Purpose for Instances {
    type Row = Text;
}

impl Purpose for Load {
    type Row = (HeaderSql, PartsSql);
}

impl Purpose for Renew {
    type Row = ();
}

impl Purpose for Sweep {
    type Row = ();
}

impl Purpose for Unmark {
    type Row = ();
}

impl Purpose for Update {
    type Row = ();
}

impl Purpose for Write {
    type Row = ();
}

impl Statements {
    pub(super) fn new(table: TableName) -> Self {
        let of_key = conditions(&KEY);
        let of_owner = conditions(&KEY[..3]);
        let record = listed(HEADER.iter().chain(&PARTS));
        let all = listed(KEY.iter().chain(&HEADER).chain(&PARTS));
        let values = ["?"; KEY.len() + HEADER.len() + PARTS.len()].join(", ");
        let set: Vec<String> = HEADER
            .iter()
            .chain(&PARTS)
            .map(|column| format!("\"{column}\" = ?"))
            .collect();
        let replaced: Vec<String> = HEADER
            .iter()
            .chain(&PARTS)
            .map(|column| format!("\"{column}\" = excluded.\"{column}\""))
            .collect();
        Self {
            check: format!("SELECT count(*) FROM (SELECT 1 FROM \"{table}\" LIMIT 1)"),
            head: format!("SELECT {} FROM \"{table}\" WHERE {of_key}", listed(&HEAD)),
            insert: format!(
                "INSERT INTO \"{table}\" ({all}) VALUES ({values}) ON CONFLICT DO NOTHING"
            ),
            instances: format!(
                "SELECT \"instance\" FROM \"{table}\" \
                 WHERE {of_owner} AND {IS_LIVE} AND {IS_NOT_EXPIRED} ORDER BY \"instance\""
            ),
            load: format!("SELECT {record} FROM \"{table}\" WHERE {of_key}"),
            renew: format!("UPDATE \"{table}\" SET \"expires_at\" = ? WHERE {of_key}"),
            // The time is looked at again by the delete itself, as it is in the same statement.
            sweep: format!(
                "DELETE FROM \"{table}\" WHERE \"id\" IN (SELECT \"id\" FROM \"{table}\" \
                 WHERE \"expires_at\" <= ? ORDER BY \"expires_at\" LIMIT ?)"
            ),
            unmark: format!(
                "UPDATE \"{table}\" SET \"marked\" = 0 \
                 WHERE {of_key} AND {} AND \"marked\" = 1",
                conditions(&HEADER[..2])
            ),
            update: format!(
                "UPDATE \"{table}\" SET {} WHERE {of_key} AND {} AND {IS_NOT_EXPIRED}",
                set.join(", "),
                conditions(&HEADER[..2])
            ),
            write: format!(
                "INSERT INTO \"{table}\" ({all}) VALUES ({values}) \
                 ON CONFLICT ({}) DO UPDATE SET {}",
                listed(&KEY),
                replaced.join(", ")
            ),
            table,
        }
    }
}
