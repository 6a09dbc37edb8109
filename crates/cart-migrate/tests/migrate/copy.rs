//! What a copy brings, and what it leaves alone.

use std::time::Duration;

use cart_core::{CartKey, Clock, ErrorKind, Instance, Owner, RecordState, Stored, Tenant};

use crate::support::{Store, Stores, finish, record, tombstone, user};

/// Keys that some store might mistake for each other.
fn hostile_keys() -> Vec<CartKey> {
    let identifiers = [
        "a:b",
        "a/b",
        "A/B",
        "a%2Fb",
        "*",
        "{a}",
        "a'b\"",
        " a ",
        "a",
        "\u{0}",
        "\u{e9}",
        "e\u{301}",
        "\u{1f6d2}",
        "a\nb",
        "..",
        "a,b;c",
    ];
    let mut keys = Vec::new();
    for identifier in identifiers {
        for tenant in ["", "north"] {
            let tenant = Tenant::new(tenant).expect("a tenant");
            let owner = Owner::guest(identifier).expect("an owner");
            let instance = Instance::new(identifier).expect("an instance");
            keys.push(CartKey::new(owner.in_tenant(tenant), instance));
        }
    }
    keys
}

#[tokio::test]
async fn everything_comes_along_under_the_same_keys() {
    let stores = Stores::new();
    let now = stores.clock.now();
    for (number, key) in (1..).zip(hostile_keys()) {
        let mut cart = record(number, number, now);
        cart.header.expires_at = Some(now.saturating_add(Duration::from_secs(number)));
        if number % 3 == 0 {
            cart = tombstone(&cart, number + 1_000);
        }
        stores.source.put(&key, &cart).await;
    }
    let run = stores.copy().await;
    assert_eq!(
        stores.target.everything().await,
        stores.source.everything().await
    );
    let counts = run.counts();
    assert_eq!(
        (counts.carts, counts.tombstones, counts.refused),
        (22, 10, 0)
    );
    assert_eq!(counts.seen, 32);
    assert!(counts.bytes > 1_000, "{counts:?}");
}

#[tokio::test]
async fn what_has_expired_is_not_copied() {
    let stores = Stores::with_carts(1).await;
    let mut short = record(1, 7, stores.clock.now());
    short.header.expires_at = Some(stores.clock.now().saturating_add(Duration::from_secs(60)));
    stores.source.put(&user(7), &short).await;
    stores.clock.advance(Duration::from_secs(60));
    assert_eq!(stores.copy().await.counts().seen, 1);
    assert_eq!(stores.target.stored(&user(7)).await, Stored::Missing);
}

#[tokio::test]
async fn a_second_copy_changes_nothing() {
    let stores = Stores::with_carts(1_200).await;
    let first = stores.copy().await.counts();
    let copied = stores.target.everything().await;
    assert_eq!(stores.copy().await.counts(), first);
    assert_eq!(stores.target.everything().await, copied);
}

#[tokio::test]
async fn what_is_newer_on_the_target_stays() {
    let stores = Stores::with_carts(3).await;
    let now = stores.clock.now();
    let newer = record(9, 90, now);
    stores.target.put(&user(0), &newer).await;
    let deleted = tombstone(&record(1, 2, now), 91);
    stores.target.put(&user(1), &deleted).await;
    // Another write of the same sequence: neither is older.
    let twin = record(1, 92, now);
    stores.target.put(&user(2), &twin).await;
    stores.copy().await;
    assert_eq!(stores.target.stored(&user(0)).await, Stored::Live(newer));
    assert_eq!(
        stores.target.stored(&user(1)).await,
        Stored::Tombstone(deleted.header.version)
    );
    assert_eq!(stores.target.stored(&user(2)).await, Stored::Live(twin));
}

#[tokio::test]
async fn what_was_edited_or_deleted_since_the_last_copy_is_so_after_the_next() {
    let stores = Stores::with_carts(3).await;
    stores.copy().await;
    let now = stores.clock.now();
    let edited = record(2, 50, now);
    stores.source.put(&user(0), &edited).await;
    let deleted = tombstone(&record(1, 2, now), 51);
    stores.source.put(&user(1), &deleted).await;
    stores.copy().await;
    assert_eq!(stores.target.stored(&user(0)).await, Stored::Live(edited));
    assert_eq!(
        stores.target.everything().await,
        stores.source.everything().await
    );
}

#[tokio::test]
async fn a_cart_that_cannot_be_read_is_copied_as_it_is() {
    let stores = Stores::new();
    let mut broken = record(1, 1, stores.clock.now());
    broken.parts.items = "[{".into();
    broken.header.format = 99;
    stores.source.put(&user(0), &broken).await;
    stores.copy().await;
    assert_eq!(stores.target.stored(&user(0)).await, Stored::Live(broken));
}

#[tokio::test]
async fn a_mark_stays_behind_and_a_moving_cart_is_left_to_whoever_moves_it() {
    let stores = Stores::new();
    let mut marked = record(1, 1, stores.clock.now());
    marked.header.marked = true;
    stores.source.put(&user(0), &marked).await;
    let states = [RecordState::Moving, RecordState::Moved];
    for (number, state) in (1..).zip(states) {
        let mut moving = record(1, 1, stores.clock.now());
        moving.header.state = state;
        stores.source.put(&user(number), &moving).await;
    }
    let counts = stores.copy().await.counts();
    assert_eq!((counts.seen, counts.carts, counts.moving), (3, 1, 2));
    marked.header.marked = false;
    assert_eq!(stores.target.stored(&user(0)).await, Stored::Live(marked));
    assert_eq!(stores.target.everything().await.len(), 1);
}

#[tokio::test]
async fn a_dry_run_counts_the_same_and_writes_nothing() {
    let stores = Stores::with_carts(700).await;
    let mut run = stores.begin(stores.plan().dry_run(true));
    finish(&mut run).await;
    assert_eq!(stores.target.everything().await, []);
    assert_eq!(run.counts(), stores.copy().await.counts());
}

#[tokio::test]
async fn a_store_that_cannot_list_is_refused_and_says_what_to_do() {
    let stores = Stores::new();
    let silent = Store::new(&stores.clock).that_cannot_list();
    let refused = stores
        .plan()
        .begin(silent.shared(), stores.target.shared())
        .expect_err("a refusal");
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("when its owner comes back"));
    // It can be a target all the same.
    stores
        .plan()
        .begin(stores.source.shared(), silent.shared())
        .expect("a copy");
}

#[tokio::test]
async fn carts_that_applications_made_are_the_same_on_the_other_store() {
    let stores = Stores::new();
    let old = Stores::carts(&stores.source);
    let owner = Owner::user("42").expect("an owner");
    let handle = old.cart(owner.clone(), "default").expect("a cart");
    let value = cart_core::Json::parse("[1.10, 1e400]").expect("JSON");
    handle.set_metadata("note", value).await.expect("an edit");
    let snapshot = handle.load().await.expect("a cart");
    stores.copy().await;
    let new = Stores::carts(&stores.target);
    let copied = new.cart(owner, "default").expect("a cart").load().await;
    assert_eq!(copied.expect("a cart").stored(), snapshot.stored());
}
