//! A cart's lock: one transaction for whoever holds it, and everybody else who writes waits.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Carts, Configuration, Currency, ErrorKind, Expect, Instance,
    LoadRequest, Money, NewItem, Operation, Owner, RetryClass, SaveRequest, StoreRegistry, Stored,
    Timestamp, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig, SqliteFactory};
use tempfile::TempDir;

fn request(identifier: &str) -> SaveRequest {
    let owner = Owner::user(identifier).expect("an owner");
    let record = CartRecord::new(Version::first(7), Timestamp::from_millis(1));
    SaveRequest::new(
        CartKey::new(owner, Instance::default()),
        record,
        Expect::Absent,
    )
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn file(folder: &TempDir) -> SqliteConfig {
    SqliteConfig::file(folder.path().join("c.db"))
}

async fn open(config: SqliteConfig) -> SqliteCartStore {
    SqliteCartStore::open(config).await.expect("a store")
}

async fn stored(store: &SqliteCartStore, request: &SaveRequest) -> Stored {
    let load = LoadRequest::new(request.key.clone());
    store.load(&load).await.expect("an answer")
}

#[tokio::test]
async fn a_lock_that_is_held_for_too_long_is_taken_back() {
    let folder = folder();
    let store = open(file(&folder).with_lock_timeout(Duration::from_millis(1))).await;
    let (held, other) = (request("held"), request("other"));
    let lock = store.lock(&held.key).await.expect("a lock");
    // Whoever waits behind it gets on.
    store.save(&other).await.expect("a save");
    let error = lock.save(&held).await.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(error.retry_class(), RetryClass::NotApplied);
    assert_eq!(error.operation(), Some(Operation::Lock));
    assert!(error.to_string().contains("lock_timeout"), "{error}");
    assert_eq!(stored(&store, &held).await, Stored::Missing);

    let lock = store.lock(&held.key).await.expect("a lock");
    drop(lock);
    store.save(&held).await.expect("a save");
}

#[tokio::test]
async fn a_lock_keeps_every_writer_waiting_and_no_reader() {
    let folder = folder();
    let ours = open(file(&folder).with_lock_timeout(Duration::from_secs(60))).await;
    let theirs = open(file(&folder).with_busy_timeout(Duration::from_millis(20))).await;
    let (held, other) = (request("held"), request("other"));
    theirs.save(&held).await.expect("a save");

    let lock = ours.lock(&held.key).await.expect("a lock");
    assert_eq!(lock.stored(), &Stored::Live(held.record.clone()));
    for store in [&ours, &theirs] {
        assert_eq!(
            stored(store, &held).await,
            Stored::Live(held.record.clone())
        );
    }
    let error = theirs.save(&other).await.expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Busy);
    let error = theirs.lock(&held.key).await.expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Busy);

    let mut next = held.clone();
    next.record.header.version = held.record.header.version.next(8).expect("a version");
    next.expect = Expect::Version(held.record.header.version);
    lock.save(&next).await.expect("a save");
    assert_eq!(stored(&theirs, &held).await, Stored::Live(next.record));
    theirs.save(&other).await.expect("a save");
}

async fn add_one(carts: Carts, times: usize) {
    let usd = Currency::parse("USD").expect("a currency");
    let owner = Owner::user("hot").expect("an owner");
    let cart = carts.cart(owner, "default").expect("a handle");
    for _ in 0..times {
        let item = NewItem::new("tea", "Green tea", Money::new(450, usd));
        cart.add(item).await.expect("an edit");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_under_the_lock_are_exact_from_two_handles() {
    const TASKS: usize = 3;
    const EDITS: usize = 20;
    let folder = folder();
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let store = open(file(&folder)).await;
        let carts = Carts::builder(store).lock_for_update(true);
        let carts = carts.require(&[]).expect("a store that locks");
        tasks.extend((0..TASKS).map(|_| tokio::spawn(add_one(carts.clone(), EDITS))));
    }
    for task in tasks {
        task.await.expect("no edit is lost");
    }
    let carts = Carts::new(open(file(&folder)).await);
    let owner = Owner::user("hot").expect("an owner");
    let cart = carts.cart(owner, "default").expect("a handle");
    let snapshot = cart.load().await.expect("a cart");
    let units = u64::try_from(2 * TASKS * EDITS).expect("a number");
    assert_eq!(snapshot.summary().units, units);
    // No edit met another one's version: each write was one step.
    let version = snapshot.version().expect("a cart");
    assert_eq!(version.sequence(), units);
}

fn configuration(url: &str) -> Configuration {
    let mut configuration = Configuration::default();
    "database".clone_into(&mut configuration.storage);
    let name = "default".to_owned();
    configuration.connections.insert(name, url.into());
    configuration.database.lock_for_update = true;
    configuration
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

#[tokio::test]
async fn the_configuration_turns_locks_on_where_there_are_any() {
    let folder = folder();
    let registry = StoreRegistry::new().with("sqlite", Arc::new(SqliteFactory::new()));
    let in_file = configuration(&url(&folder.path().join("c.db")));
    let carts = registry.configure(&in_file).await.expect("a file locks");
    add_one(carts.require(&[]).expect("carts"), 2).await;

    let in_memory = configuration("sqlite::memory:");
    let error = registry.configure(&in_memory).await.expect_err("no locks");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
