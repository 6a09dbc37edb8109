//! Lists of carts in an SQLite file.

use cart_core::{ScanPage, ScanRequest, Timestamp};
use diesel::sql_types::BigInt;
use diesel::{RunQueryDsl, SqliteConnection};

use super::columns::{HeaderSql, KeySql, PartsSql};
use super::job::Failure;
use super::statements::Statements;
use crate::row::EntryRow;
use crate::scan::{Hints, Walk, behind_row};
use crate::statement::{Purpose, Statement};

/// The index is named in the statement: left to itself, SQLite would rather read a whole class by
/// another index and sort it for each page. The plus keeps it from taking a mere filter into
/// account for the order, which makes it sort what the index has sorted.
pub(super) const HINTS: Hints = Hints {
    index: |table, index| format!(" INDEXED BY \"{table}_{index}\""),
    filter: "+",
    behind: behind_row,
};

pub(super) struct Scan;

impl Purpose for Scan {
    type Row = (BigInt, KeySql, HeaderSql, PartsSql);

    const ONE_TEXT: bool = false;
}

/// One page of the list that `request` asks for; `scope` is the store that its cursor belongs to.
pub(super) fn page(
    connection: &mut SqliteConnection,
    statements: &Statements,
    scope: &str,
    request: &ScanRequest,
    now: Timestamp,
) -> Result<ScanPage, Failure> {
    let walk = Walk::new(scope, request)?;
    let (text, values) = walk.query(&statements.table, &HINTS, now);
    let rows: Vec<EntryRow> = Statement::<Scan, _>::new(&text, values).load(connection)?;
    Ok(walk.page(rows)?)
}

#[cfg(test)]
mod tests;
