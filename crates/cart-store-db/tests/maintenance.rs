//! What operators do to many carts: lists of what was left alone, and the sweep.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Detail, Expect, Instance, Owner, OwnerClass, SaveRequest,
    ScanEntry, ScanRequest, Select, Timestamp, Version,
};
use cart_store_db::{SqliteCartStore, SqliteConfig};
use cart_testkit::ManualClock;

/// So many milliseconds after the clock's start.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(ManualClock::START.as_millis() + millis)
}

fn cart(class: &str, number: usize, updated_at: i64) -> SaveRequest {
    let owner = Owner::custom(class, number.to_string()).expect("an owner");
    let record = CartRecord::new(Version::first(7), at(updated_at));
    SaveRequest::new(
        CartKey::new(owner, Instance::default()),
        record,
        Expect::Absent,
    )
}

async fn open() -> (SqliteCartStore, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let config = SqliteConfig::memory().with_clock(Arc::<ManualClock>::clone(&clock));
    let store = SqliteCartStore::open(config).await.expect("a store");
    (store, clock)
}

async fn save_all(store: &SqliteCartStore, carts: &[SaveRequest]) {
    let answers = store.save_many(carts).await.expect("answers");
    for answer in answers {
        answer.expect("a save");
    }
}

/// The whole list, in its order, page by page.
async fn list(store: &SqliteCartStore, mut request: ScanRequest) -> Vec<ScanEntry> {
    let mut entries = Vec::new();
    loop {
        let page = store.scan(&request).await.expect("a page");
        assert!(page.entries.len() <= request.limit);
        entries.extend(page.entries);
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return entries,
        }
    }
}

#[tokio::test]
async fn a_list_by_time_has_each_cart_once_oldest_first_and_none_that_was_used_since() {
    let (store, _clock) = open().await;
    // Many carts share a moment, so that pages end within it.
    let carts: Vec<SaveRequest> = (0_i64..60)
        .flat_map(|number| {
            let updated_at = number % 6;
            let number = usize::try_from(number).expect("a small number");
            [
                cart("guest", number, updated_at),
                cart("user", number, updated_at),
            ]
        })
        .collect();
    save_all(&store, &carts).await;
    for class in [None, Some(OwnerClass::Guest)] {
        let mut request = ScanRequest::new(7);
        request.class.clone_from(&class);
        request.updated_before = Some(at(4));
        request.detail = Detail::Headers;
        let listed = list(&store, request.clone()).await;
        let expected: BTreeSet<String> = carts
            .iter()
            .filter(|cart| request.selects(&cart.key, &cart.record))
            .map(|cart| cart.key.encode())
            .collect();
        assert_eq!(listed.len(), expected.len());
        let times = listed.iter().map(|entry| {
            let owner = entry.key.owner();
            (owner.class().as_str(), entry.record.header.updated_at)
        });
        assert!(times.is_sorted());
        let keys = listed.iter().map(|entry| entry.key.encode());
        assert_eq!(keys.collect::<BTreeSet<_>>(), expected);
    }
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_in_batches_and_nothing_else() {
    let (store, clock) = open().await;
    let mut carts: Vec<SaveRequest> = (0..1_300).map(|number| cart("guest", number, 0)).collect();
    for (number, cart) in carts.iter_mut().enumerate() {
        cart.record.header.expires_at = (number % 13 != 0).then_some(at(10));
    }
    // A tombstone that may go, too.
    let deleted = &mut carts[0];
    deleted.record = deleted
        .record
        .tombstone(Version::first(8), at(0), Some(at(10)));
    save_all(&store, &carts).await;

    assert_eq!(
        store.sweep(usize::MAX).await.expect("a sweep"),
        0,
        "nothing has expired yet"
    );
    clock.advance(Duration::from_millis(10));
    assert_eq!(store.sweep(700).await.expect("a sweep"), 700);
    assert_eq!(store.sweep(700).await.expect("a sweep"), 501);
    assert_eq!(store.sweep(700).await.expect("a sweep"), 0);
    let mut request = ScanRequest::new(1_000);
    assert_eq!(list(&store, request.clone()).await.len(), 99);
    request.select = Select::Tombstones;
    assert_eq!(list(&store, request).await.len(), 0);
}
