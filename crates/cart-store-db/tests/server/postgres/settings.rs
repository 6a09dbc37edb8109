//! What PostgreSQL can be set to.

use cart_core::{CartStore, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_testkit::servers::SqlServer;

use super::support::{assert_error, config, key, load, open, record, server};

#[tokio::test]
async fn too_many_connections_are_busy() {
    let server = server().await;
    let store = open(config(&server)).await;
    server
        .sql("ALTER ROLE cart CONNECTION LIMIT 1")
        .await
        .expect("a limit");
    // The pool has the one connection that is allowed, and loads want one of their own.
    let error = load(&store, &key("ann")).await.expect_err("one too many");
    assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
}

#[tokio::test]
async fn a_database_that_wants_another_isolation_is_told_what_the_store_needs() {
    let server = server().await;
    let strict = "ALTER ROLE cart SET default_transaction_isolation = 'serializable'";
    server.sql(strict).await.expect("a setting");
    let store = open(config(&server)).await;
    let key = key("ann");
    let saves = (0..8).map(|_| {
        let (store, key) = (store.clone(), key.clone());
        tokio::spawn(async move {
            let request = SaveRequest::new(key, record(), Expect::Absent);
            store.save(&request).await
        })
    });
    let mut created = 0;
    for save in saves.collect::<Vec<_>>() {
        match save.await.expect("no panic") {
            Ok(()) => created += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn the_durability_is_read_from_the_server() {
    let server = server().await;
    let store = open(config(&server)).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, cart_core::Durability::ProcessCrash, "fsync is off");
    let health = store.ping().await.expect("health");
    assert!(health.description.starts_with("PostgreSQL "), "{health:?}");
    server
        .sql("ALTER ROLE cart SET synchronous_commit = off")
        .await
        .expect("a setting");
    let store = open(config(&server)).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, cart_core::Durability::Memory);
}

#[tokio::test]
async fn large_parts_are_packed_quickly() {
    let server = server().await;
    open(config(&server)).await;
    let packed = "SELECT count(*) FROM pg_attribute \
         WHERE attrelid = 'carts'::regclass AND attcompression = 'l' AND attnum > 0";
    assert_eq!(server.sql(packed).await.expect("a count"), "4");
}
