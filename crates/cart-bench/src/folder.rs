//! The folder of a proof, and the database in it.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

use crate::proof::{Proven, Refuted, ensure};

/// A folder of its own, gone with the proof.
#[derive(Debug)]
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Result<Self, Refuted> {
        Ok(Self(tempfile::tempdir()?))
    }

    /// The file `name` in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.file("carts.db")
    }
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Has SQLite itself look over the whole file.
pub(crate) fn check_integrity(database: &Path) -> Proven {
    let mut connection = raw(database)?;
    let answer: Integrity = sql_query("PRAGMA integrity_check").get_result(&mut connection)?;
    ensure(answer.integrity_check == "ok", || {
        format!("the file is damaged: {}", answer.integrity_check)
    })
}

/// A connection beside the store's, which waits as patiently as the store does.
pub(crate) fn raw(database: &Path) -> Result<SqliteConnection, Refuted> {
    let path = database.to_str().ok_or("the folder's name isn't UTF-8")?;
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute("PRAGMA busy_timeout = 5000")?;
    Ok(connection)
}
