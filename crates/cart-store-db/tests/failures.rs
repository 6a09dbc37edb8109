//! What can go wrong with a file, each with its own clear error, and life after it.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Durability, Error, ErrorKind, Expect, Instance, LoadRequest,
    Operation, Owner, RetryClass, SaveRequest, Stored, Timestamp, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig, SqliteSchema, Synchronous};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

fn key(identifier: &str) -> CartKey {
    let owner = Owner::user(identifier).expect("an owner");
    CartKey::new(owner, Instance::default())
}

fn new_cart(identifier: &str, size: usize) -> SaveRequest {
    let at = Timestamp::from_millis(1);
    let mut record = CartRecord::new(Version::first(7), at);
    record.parts.items = format!("[\"{}\"]", "x".repeat(size)).into();
    SaveRequest::new(key(identifier), record, Expect::Absent)
}

async fn open(config: SqliteConfig) -> SqliteCartStore {
    SqliteCartStore::open(config).await.expect("a store")
}

async fn refused(config: SqliteConfig) -> Error {
    let opened = SqliteCartStore::open(config).await;
    let error = opened.expect_err("the file is no good");
    assert_eq!(error.operation(), Some(Operation::Open));
    assert_eq!(error.store(), Some("sqlite"));
    error
}

fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(&path.display().to_string()).expect("a connection")
}

async fn is_stored(store: &SqliteCartStore, identifier: &str) -> bool {
    let stored = store.load(&LoadRequest::new(key(identifier))).await;
    matches!(stored.expect("an answer"), Stored::Live(_))
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_is_busy_after_the_deadline_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let config = SqliteConfig::file(&path).with_busy_timeout(Duration::from_millis(20));
    let store = open(config).await;
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");

    let error = store.save(&new_cart("a", 1)).await.expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(error.retry_class(), RetryClass::NotApplied);
    assert_eq!(error.operation(), Some(Operation::Save));
    assert!(error.source().is_some());
    assert!(!is_stored(&store, "a").await, "readers go on meanwhile");

    other.batch_execute("ROLLBACK").expect("the lock is free");
    store.save(&new_cart("a", 1)).await.expect("a save");
    assert!(is_stored(&store, "a").await);
}

#[tokio::test]
async fn a_lock_that_is_given_back_in_time_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = open(SqliteConfig::file(&path)).await;
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    let request = new_cart("a", 1);
    let mut save = Box::pin(store.save(&request));
    // The write is on its way, and waits.
    let early = tokio::time::timeout(Duration::from_millis(20), &mut save).await;
    assert!(early.is_err(), "it waits for the lock");
    other.batch_execute("COMMIT").expect("the lock is free");
    save.await.expect("a save");
}

#[tokio::test]
async fn a_file_that_is_only_read_answers_reads_and_refuses_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = open(SqliteConfig::file(&path)).await;
    store.save(&new_cart("a", 1)).await.expect("a save");
    let readable = open(SqliteConfig::file(&path).with_read_only(true)).await;
    assert!(is_stored(&readable, "a").await);
    let error = readable
        .save(&new_cart("b", 1))
        .await
        .expect_err("no writes");
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert_eq!(error.retry_class(), RetryClass::Permanent);
    readable.ping().await.expect("it answers");
}

#[tokio::test]
async fn a_file_of_another_kind_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("list.txt");
    let list = "milk, bread, butter\n".repeat(100);
    fs::write(&path, &list).expect("a file");
    let error = refused(SqliteConfig::file(&path)).await;
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    assert!(
        error.to_string().contains("not an SQLite database"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), list);
}

#[tokio::test]
async fn a_missing_directory_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = refused(SqliteConfig::file(folder.path().join("no/c.db"))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().contains("its directory exists"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_path_is_invalid() {
    let error = refused(SqliteConfig::file("")).await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn odd_paths_name_the_files_that_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "a b.db",
        "file:c.db",
        "50%25.db",
        "q?mode=memory",
        "kärbe#1.db",
    ] {
        let path = folder.path().join(name);
        let store = open(SqliteConfig::file(&path)).await;
        store.save(&new_cart("a", 1)).await.expect("a save");
        assert!(path.exists(), "{name}");
    }
}

#[tokio::test]
async fn a_table_that_vanishes_is_unprepared() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = open(SqliteConfig::file(&path)).await;
    raw(&path)
        .batch_execute("DROP TABLE carts")
        .expect("no table");
    let error = store
        .load(&LoadRequest::new(key("a")))
        .await
        .expect_err("no table");
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    assert!(error.to_string().contains("cart schema apply"), "{error}");
    let error = store.save(&new_cart("a", 1)).await.expect_err("no table");
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    store.ping().await.expect_err("a ping looks at the table");
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_corrupt_and_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = open(SqliteConfig::file(&path)).await;
    for damage in [
        "state = 'lost'",
        "version = 0",
        "format = -1",
        "lines = -1",
        "currency = 'credits'",
        "items = CAST(x'5bff5d' AS TEXT)",
        "ledger = CAST(x'ff' AS TEXT)",
    ] {
        let request = new_cart(damage, 1);
        store.save(&request).await.expect("a save");
        raw(&path)
            .batch_execute(&format!("UPDATE carts SET {damage}"))
            .expect("the damage");
        let loaded = store.load(&LoadRequest::new(key(damage))).await;
        let error = loaded.expect_err(damage);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{damage}");
        assert!(
            !error.to_string().contains(damage),
            "no identifier: {error}"
        );
        // Tools that repair may write over it.
        let mut repair = request;
        repair.expect = Expect::Any;
        repair.record.header.version = Version::new(2, 8).expect("a version");
        store.save(&repair).await.expect("a repair");
        assert!(is_stored(&store, damage).await);
        raw(&path)
            .batch_execute("DELETE FROM carts")
            .expect("a clean table");
    }
}

#[tokio::test]
async fn durability_is_what_sqlite_is_set_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        (Synchronous::Full, Durability::PowerLoss),
        (Synchronous::Normal, Durability::ProcessCrash),
        (Synchronous::Off, Durability::ProcessCrash),
    ];
    for (synchronous, durability) in cases {
        let path = folder.path().join("c.db");
        let store = open(SqliteConfig::file(path).with_synchronous(synchronous)).await;
        assert_eq!(store.info().capabilities.durability, durability);
        let health = store.ping().await.expect("an answer");
        assert_eq!(health.durability, durability, "{}", health.description);
        assert!(
            health.description.contains("journal_mode=wal"),
            "{}",
            health.description
        );
    }
    let store = open(SqliteConfig::memory()).await;
    assert_eq!(store.info().capabilities.durability, Durability::Memory);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig::file(folder.path().join("mistyped.db"));
    let reverted = SqliteSchema::new(config.clone()).revert().await;
    for error in [
        refused(config.clone().with_read_only(true)).await,
        refused(config.with_create_schema(false)).await,
        reverted.expect_err("no file"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unprepared);
        assert!(error.to_string().contains("check the path"), "{error}");
    }
    assert!(!folder.path().join("mistyped.db").exists());
}
