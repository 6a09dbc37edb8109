//! Leases beside an SQLite file.
//!
//! A lease is a small SQLite file of its own that its holder keeps locked: SQLite knows how to
//! lock a file on every system, the system ends the lock with the process, and the carts are not
//! locked meanwhile.

use std::path::{Path, PathBuf};

use cart_core::{Error, ErrorKind, Result};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::classify::{Phase, classify, classify_open};
use super::connection::{Missing, address};
use super::job::on_thread;
use crate::lease::Lease;
use crate::table::TableName;

/// Takes the lease `name` of the table in the database `file`; a database in memory has none.
pub(super) async fn take(file: String, table: &TableName, name: &str) -> Result<Option<Lease>> {
    if file.is_empty() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "a database in memory has no leases: nobody else can reach it",
        ));
    }
    let path = PathBuf::from(format!("{file}-{table}-{name}.lease"));
    on_thread(move || lock(&path)).await
}

fn lock(path: &Path) -> Result<Option<Lease>> {
    // It waits for nobody: SQLite's time limit is 0 unless told otherwise.
    let mut connection = SqliteConnection::establish(&address(path, false, Missing::Create)?)
        .map_err(|error| classify_open(&error))?;
    match connection.batch_execute("BEGIN EXCLUSIVE") {
        Ok(()) => Ok(Some(Lease::new(connection))),
        Err(error) => match classify(&error, Phase::Statement) {
            busy if busy.kind() == ErrorKind::Busy => Ok(None),
            error => Err(error),
        },
    }
}
