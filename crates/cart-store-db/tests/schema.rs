//! The schema: applied by opening or by hand, forth and back, never over another program's table.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::path::Path;

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, Instance, LoadRequest, Owner, SaveRequest,
    Stored, Timestamp, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig, SqliteSchema, TableName};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(&path.display().to_string()).expect("a connection")
}

fn request() -> SaveRequest {
    let owner = Owner::user("42").expect("an owner");
    let record = CartRecord::new(Version::first(7), Timestamp::from_millis(1));
    SaveRequest::new(
        CartKey::new(owner, Instance::default()),
        record,
        Expect::Absent,
    )
}

async fn open_error(config: SqliteConfig) -> (ErrorKind, String) {
    let error = SqliteCartStore::open(config).await.expect_err("no store");
    (error.kind(), error.to_string())
}

#[tokio::test]
async fn the_schema_goes_forth_and_back_and_forth() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig::file(folder.path().join("c.db"));
    let schema = SqliteSchema::new(config.clone());

    let status = schema.status().await.expect("a status");
    let latest = SqliteSchema::migrations().len();
    assert_eq!(usize::try_from(status.latest), Ok(latest));
    assert_eq!((status.version, status.is_current()), (0, false));
    assert!(
        !folder.path().join("c.db").exists(),
        "a look creates nothing"
    );

    let status = schema.apply().await.expect("applied");
    assert!(status.is_current());
    let again = schema.apply().await.expect("applied");
    assert_eq!(again, status, "twice is once");
    let store = SqliteCartStore::open(config.clone())
        .await
        .expect("a store");
    store.save(&request()).await.expect("a save");
    store.close().await;

    for left in (0..status.latest).rev() {
        let status = schema.revert().await.expect("reverted");
        assert_eq!(status.version, left);
    }
    let again = schema.revert().await.expect("nothing to revert");
    assert_eq!(again.version, 0);
    let store = SqliteCartStore::open(config).await.expect("a store");
    let stored = store.load(&LoadRequest::new(request().key)).await;
    assert_eq!(stored.expect("an answer"), Stored::Missing);
}

#[tokio::test]
async fn a_store_that_may_create_nothing_names_the_command_which_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let config = SqliteConfig::file(&path).with_create_schema(false);
    let (kind, text) = open_error(config.clone()).await;
    assert_eq!(kind, ErrorKind::Unprepared);
    assert!(text.contains("cart schema apply"), "{text}");
    assert!(!path.exists());

    raw(&path)
        .batch_execute("CREATE TABLE other (c TEXT)")
        .expect("a file");
    let (kind, text) = open_error(config.clone()).await;
    assert_eq!(kind, ErrorKind::Unprepared);
    assert!(text.contains("no carts table"), "{text}");

    SqliteSchema::new(config.clone())
        .apply()
        .await
        .expect("applied");
    SqliteCartStore::open(config).await.expect("a store");
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let config = SqliteConfig::file(&path);
    let schema = SqliteSchema::new(config.clone());
    schema.apply().await.expect("applied");
    raw(&path)
        .batch_execute("INSERT INTO carts_schema (version, name) VALUES (9, 'later')")
        .expect("a later release");
    let (kind, text) = open_error(config).await;
    assert_eq!(kind, ErrorKind::Unprepared);
    assert!(text.contains("update the application"), "{text}");
    schema.revert().await.expect_err("it can't know how");
    assert_eq!(schema.status().await.expect("a status").version, 9);
}

#[tokio::test]
async fn another_programs_table_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    raw(&path)
        .batch_execute("CREATE TABLE Carts (id INTEGER)")
        .expect("a table");
    let (kind, text) = open_error(SqliteConfig::file(&path)).await;
    assert_eq!(kind, ErrorKind::Unprepared);
    assert!(text.contains("another table name"), "{text}");
}

#[tokio::test]
async fn the_plain_sql_does_what_applying_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let table: TableName = "shop".parse().expect("a name");
    let config = SqliteConfig::file(&path)
        .with_table(table.clone())
        .with_create_schema(false);
    let schema = SqliteSchema::new(config.clone());
    raw(&path).batch_execute(&schema.sql()).expect("valid SQL");
    assert!(schema.status().await.expect("a status").is_current());
    let store = SqliteCartStore::open(config).await.expect("a store");
    store.save(&request()).await.expect("a save");
    for migration in SqliteSchema::migrations().iter().rev() {
        raw(&path)
            .batch_execute(&migration.down(&table))
            .expect("valid SQL");
    }
    assert_eq!(schema.status().await.expect("a status").version, 0);
}

#[tokio::test]
async fn stores_in_two_tables_of_one_file_never_meet() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let config = SqliteConfig::file(&path);
    let north = SqliteCartStore::open(config.clone())
        .await
        .expect("a store");
    let table: TableName = "south".parse().expect("a name");
    let south = SqliteCartStore::open(config.with_table(table))
        .await
        .expect("a store");
    north.save(&request()).await.expect("a save");
    let stored = south.load(&LoadRequest::new(request().key)).await;
    assert_eq!(stored.expect("an answer"), Stored::Missing);
    south.save(&request()).await.expect("it is absent there");
}

#[tokio::test]
async fn many_openers_of_a_new_file_all_get_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig::file(folder.path().join("c.db"));
    let openers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(SqliteCartStore::open(config.clone())))
        .collect();
    for opener in openers {
        opener.await.expect("no panic").expect("a store");
    }
}
