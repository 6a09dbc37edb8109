//! Stores and records for these tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, Instance, LoadRequest, Owner,
    RetryClass, SaveRequest, Stored, Timestamp, Version,
};
use cart_store_cache::{CacheCartStore, CacheConfig};
use cart_testkit::records;
use cart_testkit::servers::{Options, Redis, Server as _};

/// Longer than anything takes that goes well, and short enough to wait for.
pub(crate) const SOON: Duration = Duration::from_millis(400);

pub(crate) async fn server() -> Redis {
    Redis::start(Options::new()).await.expect("a server")
}

pub(crate) fn config(server: &Redis) -> CacheConfig {
    parsed(&server.url())
}

pub(crate) fn parsed(url: &str) -> CacheConfig {
    url.parse().expect("a URL")
}

pub(crate) async fn open(config: CacheConfig) -> CacheCartStore {
    CacheCartStore::open(config).await.expect("a store")
}

/// Why a store can't be opened.
pub(crate) async fn refusal(config: CacheConfig) -> Error {
    let opened = CacheCartStore::open(config).await;
    opened.map(drop).expect_err("it can't be opened")
}

pub(crate) fn key(user: &str) -> CartKey {
    CartKey::new(Owner::user(user).expect("an owner"), Instance::default())
}

/// A record whose sequence comes behind `sequence`; each call's is another write.
pub(crate) fn record_after(sequence: u64) -> CartRecord {
    static WRITES: AtomicU64 = AtomicU64::new(1);
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    let version = Version::new(sequence + 1, write).expect("a version");
    records::tagged(version, Timestamp::from_millis(1), write)
}

/// A request for the first write of a cart.
pub(crate) fn creation(key: &CartKey) -> SaveRequest {
    SaveRequest::new(key.clone(), record_after(0), Expect::Absent)
}

/// A request to write what follows `previous` over it.
pub(crate) fn update(key: &CartKey, previous: &CartRecord) -> SaveRequest {
    let version = previous.header.version;
    let next = record_after(version.sequence());
    SaveRequest::new(key.clone(), next, Expect::Version(version))
}

pub(crate) async fn create(store: &CacheCartStore, key: &CartKey) -> CartRecord {
    let request = creation(key);
    store.save(&request).await.expect("a cart");
    request.record
}

pub(crate) async fn load(store: &CacheCartStore, key: &CartKey) -> Result<Stored, Error> {
    store.load(&LoadRequest::new(key.clone())).await
}

/// Saves until it works, and returns the errors before that.
pub(crate) async fn insist(store: &CacheCartStore, request: &SaveRequest) -> Vec<Error> {
    let mut errors = Vec::new();
    while let Err(error) = store.save(request).await {
        assert!(error.retry_class() != RetryClass::Permanent, "{error:?}");
        errors.push(error);
    }
    errors
}

/// Whether an error is of this kind and class, and says where it comes from.
#[track_caller]
pub(crate) fn assert_error(error: &Error, kind: ErrorKind, retry_class: RetryClass) {
    let told = (error.kind(), error.retry_class());
    assert_eq!(told, (kind, retry_class), "{error}: {error:?}");
    assert_eq!(error.store(), Some("redis"), "{error}");
    assert!(error.operation().is_some(), "{error}");
}
