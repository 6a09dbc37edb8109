//! The statements on the carts table, as a dialect gives them, and the values that they take.

use cart_core::{CartKey, CartRecord, Expect, SaveRequest, Timestamp, Version};

use crate::row::{HEAD, HEADER, KEY, PARTS, header_values, key_values, part_values};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED, conditions, listed};
use crate::table::TableName;
use crate::value::Value;

/// The texts, made once for a table.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) table: TableName,
    /// Whether the table answers: a number.
    pub(crate) check: String,
    /// What the rules for writing need of the row of a key.
    pub(crate) head: String,
    /// The same, and nobody else changes the row until the transaction ends.
    pub(crate) head_locked: String,
    /// The instances of the live carts of an owner; takes the owner and the time.
    pub(crate) instances: String,
    /// The record of a key.
    pub(crate) load: String,
    /// The same, and nobody else changes the row until the transaction ends.
    pub(crate) load_locked: String,
    /// Makes other holders of a key without a row wait until the transaction ends; takes a number.
    pub(crate) lock_key: String,
    /// Moves the expiry of a live cart; takes the new one, the key and the time.
    pub(crate) renew: String,
    /// Whether `renew` gives the record back. Otherwise it is loaded.
    pub(crate) renew_returns: bool,
    /// The newest version in the table of the schema.
    pub(crate) schema_version: String,
    /// Removes expired rows; takes the time and a limit.
    pub(crate) sweep: String,
    /// Where no such statement passes over rows that others hold: `sweep` gives the ids of the others
    /// and holds them, and this is followed by their list.
    pub(crate) sweep_of_held: Option<String>,
    /// Takes the mark off the record of a key and a version.
    pub(crate) unmark: String,
    /// How many tables have a name.
    pub(crate) table_exists: String,
    /// Writes by what is expected.
    pub(crate) absent: Vec<Write>,
    pub(crate) any: Vec<Write>,
    pub(crate) older: Vec<Write>,
    pub(crate) version: Vec<Write>,
}

/// A conditional write in one statement: a row is written if the condition holds, and none if not.
///
/// Where a dialect needs several for one expectation, they are tried in turn until one writes.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) text: String,
    pub(crate) takes: Vec<Slot>,
}

/// What stands for one or several `?` of a [`Write`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    /// The sequence and the write id that are expected.
    Expected,
    /// The columns of [`KEY`].
    Key,
    /// The present time.
    Now,
    /// The columns of [`HEADER`] and [`PARTS`].
    Record,
}

/// What is to be written, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing<'a> {
    pub(super) key: &'a CartKey,
    pub(super) record: &'a CartRecord,
    pub(super) expect: Expect,
    pub(super) now: Timestamp,
}

impl<'a> Writing<'a> {
    pub(super) fn of(request: &'a SaveRequest, now: Timestamp) -> Self {
        Self {
            key: &request.key,
            record: &request.record,
            expect: request.expect,
            now,
        }
    }

    /// Whether the new version is the expected one: what is stored already is left as it is.
    pub(super) fn is_expected(&self) -> bool {
        self.expect == Expect::Version(self.record.header.version)
    }
}

impl Statements {
    /// What every dialect says in the same words. `locked` ends a query whose rows nobody else
    /// may change until the transaction ends.
    pub(crate) fn common(table: TableName, locked: &str) -> Self {
        let of_key = conditions(&KEY);
        let of_owner = conditions(&KEY[..3]);
        let record = listed(HEADER.iter().chain(&PARTS));
        let head = format!("SELECT {} FROM \"{table}\" WHERE {of_key}", listed(&HEAD));
        let load = format!("SELECT {record} FROM \"{table}\" WHERE {of_key}");
        Self {
            check: format!("SELECT count(*) FROM (SELECT 1 FROM \"{table}\" LIMIT 1) AS \"some\""),
            head_locked: format!("{head} {locked}"),
            head,
            instances: format!(
                "SELECT \"instance\" FROM \"{table}\" \
                 WHERE {of_owner} AND {IS_LIVE} AND {IS_NOT_EXPIRED} ORDER BY \"instance\""
            ),
            load_locked: format!("{load} {locked}"),
            load,
            lock_key: String::new(),
            renew: String::new(),
            renew_returns: false,
            schema_version: format!("SELECT max(\"version\") FROM \"{table}_schema\""),
            sweep: String::new(),
            sweep_of_held: None,
            table_exists: String::new(),
            absent: Vec::new(),
            any: Vec::new(),
            older: Vec::new(),
            unmark: format!(
                "UPDATE \"{table}\" SET \"marked\" = 0 \
                 WHERE {of_key} AND {} AND \"marked\" = 1",
                conditions(&HEADER[..2])
            ),
            version: vec![Self::replace(&table)],
            table,
        }
    }

    /// Writes over exactly the expected version.
    fn replace(table: &TableName) -> Write {
        let set: Vec<String> = HEADER
            .iter()
            .chain(&PARTS)
            .map(|column| format!("\"{column}\" = ?"))
            .collect();
        let text = format!(
            "UPDATE \"{table}\" SET {} \
             WHERE {} AND \"version\" = ? AND \"write_id\" = ? AND {IS_NOT_EXPIRED}",
            set.join(", "),
            conditions(&KEY)
        );
        let takes = vec![Slot::Record, Slot::Key, Slot::Expected, Slot::Now];
        Write { text, takes }
    }

    /// An `INSERT` of a whole row; it takes the key and the record.
    pub(crate) fn insert(table: &TableName) -> String {
        let columns = listed(KEY.iter().chain(&HEADER).chain(&PARTS));
        let values = ["?"; KEY.len() + HEADER.len() + PARTS.len()].join(", ");
        format!("INSERT INTO \"{table}\" ({columns}) VALUES ({values})")
    }

    /// The writes for what is expected.
    pub(super) fn writes(&self, expect: Expect) -> &[Write] {
        match expect {
            Expect::Absent => &self.absent,
            Expect::Any => &self.any,
            Expect::Older => &self.older,
            Expect::Version(_) => &self.version,
        }
    }
}

impl Write {
    /// The values for its placeholders.
    pub(super) fn values<'a>(&self, writing: &Writing<'a>) -> Vec<Value<'a>> {
        let mut values = Vec::with_capacity(KEY.len() + HEADER.len() + PARTS.len() + 4);
        for slot in &self.takes {
            match slot {
                Slot::Expected => {
                    if let Expect::Version(expected) = writing.expect {
                        values.extend(version_values(expected));
                    }
                }
                Slot::Key => values.extend(key_values(writing.key)),
                Slot::Now => values.push(Value::Integer(writing.now.as_millis())),
                Slot::Record => {
                    values.extend(header_values(&writing.record.header));
                    values.extend(part_values(&writing.record.parts));
                }
            }
        }
        values
    }
}

pub(super) fn version_values(version: Version) -> [Value<'static>; 2] {
    [
        Value::Integer(version.sequence().cast_signed()),
        Value::Integer(version.write_id().cast_signed()),
    ]
}
