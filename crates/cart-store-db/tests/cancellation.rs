//! Futures that are dropped, on both kinds of runtime and without any: nothing waits for a disk
//! but the store's own threads, and nothing is left half done.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use cart_core::{
    CartKey, CartRecord, CartStore, Expect, Instance, LoadRequest, Owner, SaveRequest, Stored,
    Timestamp, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig, Synchronous};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

const PATIENCE: Duration = Duration::from_secs(30);

fn request(identifier: &str) -> SaveRequest {
    let owner = Owner::user(identifier).expect("an owner");
    let record = CartRecord::new(Version::first(7), Timestamp::from_millis(1));
    SaveRequest::new(
        CartKey::new(owner, Instance::default()),
        record,
        Expect::Absent,
    )
}

fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(&path.display().to_string()).expect("a connection")
}

/// While another process keeps the lock, saves are dropped at every point of their lives; the
/// runtime goes on at once, and each cart is there wholly or not at all.
async fn dropped_saves_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let config = SqliteConfig::file(&path).with_busy_timeout(PATIENCE);
    let store = SqliteCartStore::open(config).await.expect("a store");
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");

    let start = Instant::now();
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for (number, name) in names.iter().enumerate() {
        let request = request(name);
        let mut save = Box::pin(store.save(&request));
        for _ in 0..number % 4 {
            let polled =
                std::future::poll_fn(|context| Poll::Ready(save.as_mut().poll(context).is_ready()));
            assert!(!polled.await, "the lock is not free");
            tokio::task::yield_now().await;
        }
        drop(save);
    }
    assert!(start.elapsed() < PATIENCE, "no drop waited for the lock");

    other.batch_execute("ROLLBACK").expect("the lock is free");
    store.save(&request("after")).await.expect("a usable store");
    for name in &names {
        let request = request(name);
        let stored = store.load(&LoadRequest::new(request.key.clone())).await;
        match stored.expect("an answer") {
            Stored::Live(record) => assert_eq!(record, request.record),
            Stored::Missing => store.save(&request).await.expect("a free key"),
            Stored::Tombstone(_) => panic!("nobody deleted it"),
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn dropped_saves_leave_nothing_behind_on_one_thread() {
    dropped_saves_leave_nothing_behind().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_saves_leave_nothing_behind_on_many_threads() {
    dropped_saves_leave_nothing_behind().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_write_that_waits_for_another_process_keeps_nobody_else_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = SqliteCartStore::open(SqliteConfig::file(&path))
        .await
        .expect("a store");
    store.save(&request("there")).await.expect("a save");
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    let new = request("new");
    let load = LoadRequest::new(request("there").key);
    let reads = async {
        for _ in 0..100 {
            let stored = store.load(&load).await.expect("an answer");
            assert!(matches!(stored, Stored::Live(_)));
        }
        other.batch_execute("ROLLBACK").expect("the lock is free");
    };
    let (saved, ()) = tokio::join!(store.save(&new), reads);
    saved.expect("a save");
}

#[test]
fn no_runtime_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = SqliteConfig::file(folder.path().join("c.db"));
    let store = block_on(SqliteCartStore::open(config)).expect("a store");
    block_on(store.save(&request("42"))).expect("a save");
    let stored = block_on(store.load(&LoadRequest::new(request("42").key)));
    assert_eq!(
        stored.expect("an answer").into_live(),
        Some(request("42").record)
    );
}

/// The smallest executor there is.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
        thread::park();
    }
}

#[tokio::test]
async fn the_last_handle_closes_the_file_and_waits_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = SqliteCartStore::open(SqliteConfig::file(&path))
        .await
        .expect("a store");
    let clone = store.clone();
    drop(store);
    clone
        .save(&request("42"))
        .await
        .expect("a clone is a handle");
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    let start = Instant::now();
    drop(clone);
    assert!(start.elapsed() < PATIENCE);
    other.batch_execute("ROLLBACK").expect("the lock is free");
    drop(other);
    // The last connection that closes takes the write-ahead log with it.
    let wal = path.with_extension("db-wal");
    while wal.exists() && start.elapsed() < PATIENCE {
        thread::yield_now();
    }
    assert!(!wal.exists());
}

#[test]
fn a_closed_store_leaves_one_file_behind() {
    // Its threads close their connections at about the same time: on a busy machine, some at once.
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build();
                let runtime = runtime.expect("a runtime");
                runtime.block_on(close_again_and_again());
            });
        }
    });
}

async fn close_again_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let open = async || {
        let config = SqliteConfig::file(&path).with_synchronous(Synchronous::Normal);
        SqliteCartStore::open(config).await.expect("a store")
    };
    for round in 0..100 {
        let store = open().await;
        let clone = store.clone();
        let request = request(&round.to_string());
        let save = tokio::spawn(async move { clone.save(&request).await });
        store.close().await;
        save.await.expect("no panic").expect("a save");
        let left = folder.path().read_dir().expect("a folder");
        assert_eq!(left.count(), 1, "no log and no index of it");
    }
    let stored = open()
        .await
        .load(&LoadRequest::new(request("42").key))
        .await;
    assert!(stored.expect("an answer").into_live().is_some());
}
