//! Each row of the table is met for real where SQLite can be brought to say it.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::result::DatabaseErrorKind;
use diesel::{Connection, QueryResult, SqliteConnection};

use super::*;

fn file(folder: &Path) -> String {
    folder.join("c.db").display().to_string()
}

fn connect(address: &str) -> SqliteConnection {
    SqliteConnection::establish(address).expect("a connection")
}

fn prepared(address: &str) -> SqliteConnection {
    let mut connection = connect(address);
    connection
        .batch_execute("PRAGMA journal_mode = wal; CREATE TABLE t (c TEXT)")
        .expect("a table");
    connection
}

fn class_of(result: QueryResult<()>) -> (ErrorKind, RetryClass) {
    let error = classify(&result.expect_err("SQLite refuses"), Phase::Statement);
    assert!(error.source().is_some(), "SQLite's own words are kept");
    (error.kind(), error.retry_class())
}

fn said(message: &str, phase: Phase) -> (ErrorKind, RetryClass) {
    let information = Box::new(message.to_owned());
    let error = DieselError::DatabaseError(DatabaseErrorKind::Unknown, information);
    let error = classify(&error, phase);
    (error.kind(), error.retry_class())
}

#[test]
fn another_writer_is_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = prepared(&file(folder.path()));
    first.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    let refused = connect(&file(folder.path())).batch_execute("BEGIN IMMEDIATE");
    assert_eq!(class_of(refused), (ErrorKind::Busy, RetryClass::NotApplied));
}

#[test]
fn a_table_locked_by_a_neighbour_is_busy() {
    let said = said("database table is locked: carts", Phase::Statement);
    assert_eq!(said, (ErrorKind::Busy, RetryClass::NotApplied));
}

#[test]
fn no_room_is_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = prepared(&file(folder.path()));
    let filled = connection
        .batch_execute("PRAGMA max_page_count = 2; INSERT INTO t VALUES (zeroblob(100000))");
    assert_eq!(class_of(filled), (ErrorKind::Full, RetryClass::Permanent));
}

#[test]
fn a_file_that_is_only_read_is_read_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path());
    drop(prepared(&path));
    let written =
        connect(&format!("file:{path}?mode=ro")).batch_execute("INSERT INTO t VALUES ('x')");
    assert_eq!(
        class_of(written),
        (ErrorKind::ReadOnly, RetryClass::Permanent)
    );
}

#[test]
fn another_kind_of_file_is_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path());
    fs::write(&path, "a shopping list, by hand".repeat(100)).expect("a file");
    let read = connect(&path).batch_execute("SELECT * FROM sqlite_schema");
    assert_eq!(
        class_of(read),
        (ErrorKind::Unprepared, RetryClass::Permanent)
    );
}

#[test]
fn a_damaged_file_is_corrupt() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path());
    let mut connection = prepared(&path);
    connection
        .batch_execute("INSERT INTO t VALUES ('x'); PRAGMA wal_checkpoint(TRUNCATE)")
        .expect("a row in the file");
    drop(connection);
    let mut bytes = fs::read(&path).expect("the file");
    // The second page is the table's root: its type is none that there is.
    bytes[4096] = 0xee;
    fs::write(&path, bytes).expect("the damage");
    let read = connect(&path).batch_execute("SELECT * FROM t");
    assert_eq!(class_of(read), (ErrorKind::Corrupt, RetryClass::Permanent));
}

#[test]
fn a_missing_directory_is_unavailable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder.path().join("nowhere"));
    let refused = SqliteConnection::establish(&path).err().expect("no file");
    let error = classify_open(&refused);
    assert_eq!(
        (error.kind(), error.retry_class()),
        (ErrorKind::Unavailable, RetryClass::Permanent)
    );
}

#[test]
fn a_missing_table_or_column_is_unprepared() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = prepared(&file(folder.path()));
    for statement in ["SELECT * FROM u", "SELECT d FROM t"] {
        let refused = connection.batch_execute(statement);
        assert_eq!(
            class_of(refused),
            (ErrorKind::Unprepared, RetryClass::Permanent)
        );
    }
}

#[test]
fn a_value_beyond_the_limit_of_sqlite_is_too_large() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = prepared(&file(folder.path()));
    let refused = connection.batch_execute("SELECT zeroblob(2000000000)");
    assert_eq!(
        class_of(refused),
        (ErrorKind::TooLarge, RetryClass::Permanent)
    );
}

#[test]
fn a_failing_disk_is_unavailable_and_leaves_a_commit_in_doubt() {
    let message = "disk I/O error";
    assert_eq!(
        said(message, Phase::Statement),
        (ErrorKind::Unavailable, RetryClass::NotApplied)
    );
    assert_eq!(
        said(message, Phase::Commit),
        (ErrorKind::Unavailable, RetryClass::OutcomeUnknown)
    );
}

#[test]
fn a_commit_without_room_did_not_happen() {
    let said = said("database or disk is full", Phase::Commit);
    assert_eq!(said, (ErrorKind::Full, RetryClass::Permanent));
}

#[test]
fn what_nobody_foresaw_is_unexpected_and_keeps_its_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = prepared(&file(folder.path()));
    let refused = connection.batch_execute("SELEKT 1").expect_err("no SQL");
    let error = classify(&refused, Phase::Statement);
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    let source = error.source().expect("a source").to_string();
    assert!(source.contains("syntax error"), "{source}");
}

#[test]
fn a_row_that_is_not_text_is_corrupt() {
    let error = DieselError::DeserializationError("not UTF-8".into());
    let error = classify(&error, Phase::Statement);
    assert_eq!(
        (error.kind(), error.retry_class()),
        (ErrorKind::Corrupt, RetryClass::Permanent)
    );
}
