use std::time::Duration;

use cart_core::{Carts, ErrorKind, Expect, ExpiryPolicy, Instance, RenewOn, Suggestion};

use crate::{Shop, item, quantity, shopper};

#[tokio::test]
async fn a_stale_snapshot_is_refused_with_the_current_cart() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("a")).await.expect("an edit");
    let mut snapshot = cart.load().await.expect("the cart loads");
    let expected = snapshot.version().expect("a version");
    cart.add(item("b")).await.expect("another tab");

    snapshot
        .edit(|cart| cart.add(item("c")))
        .expect("a local change");
    let error = snapshot.save().await.expect_err("a stale write");
    let conflict = error.conflict().expect("its details");
    assert_eq!(conflict.expected(), Expect::Version(expected));
    assert!(conflict.is_minor());
    assert_eq!(
        conflict.suggestions(),
        [
            Suggestion::RetryWithRefresh,
            Suggestion::MergeChanges,
            Suggestion::CompareWithCurrent
        ]
    );
    let current = conflict.current().expect("the current cart");
    assert_eq!(current.header.summary.lines, 2);
    assert_eq!(quantity(&cart, "c").await, 0);

    let answer = serde_json::to_value(conflict).expect("it serialises");
    assert_eq!(answer["expected"], expected.to_string());
    assert_eq!(answer["minor"], true);
    assert_eq!(answer["suggestions"][0], "retry_with_refresh");
}

#[tokio::test]
async fn a_conflict_further_behind_asks_for_a_decision() {
    let shop = Shop::new();
    let cart = shop.cart();
    let mut snapshot = cart.load().await.expect("the cart loads");
    assert!(!snapshot.exists());
    cart.add(item("a")).await.expect("somebody else creates it");
    snapshot
        .edit(|cart| cart.add(item("c")))
        .expect("a local change");
    let error = snapshot
        .save()
        .await
        .expect_err("a cart that should not be there");
    let conflict = error.conflict().expect("its details");
    assert!(!conflict.is_minor());
    assert_eq!(
        conflict.suggestions()[..2],
        [Suggestion::ReloadCart, Suggestion::ManualResolutionRequired]
    );
}

#[tokio::test]
async fn a_snapshot_of_a_deleted_cart_never_brings_it_back() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("a")).await.expect("an edit");
    let mut snapshot = cart.load().await.expect("the cart loads");
    assert!(cart.forget().await.expect("deleted"));
    snapshot
        .edit(|cart| cart.add(item("b")))
        .expect("a local change");
    let error = snapshot.save().await.expect_err("the cart is gone");
    let conflict = error.conflict().expect("its details");
    assert!(conflict.actual().is_some() && !conflict.live());
    assert!(!cart.load().await.expect("the cart loads").exists());
}

#[tokio::test]
async fn a_saved_snapshot_finds_its_lost_reply() {
    let shop = Shop::new();
    let cart = shop.cart();
    let mut snapshot = cart.load().await.expect("the cart loads");
    snapshot
        .edit(|cart| cart.add(item("a")))
        .expect("a local change");
    shop.store.plan([shop.lost_and_overtaken("b", 1)]);
    snapshot.save().await.expect("it was applied");
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (1, 1)
    );
}

#[tokio::test]
async fn a_failed_local_edit_leaves_the_snapshot_as_it_was() {
    let shop = Shop::new();
    let mut snapshot = shop.cart().load().await.expect("the cart loads");
    snapshot
        .edit(|cart| cart.add(item("a")))
        .expect("a local change");
    let refused = snapshot.edit(|cart| {
        cart.add(item("b"))?;
        cart.add(item("")).map(drop)
    });
    assert_eq!(refused.expect_err("an empty id").kind(), ErrorKind::Domain);
    assert_eq!(snapshot.items().expect("the items").len(), 1);
}

#[tokio::test]
async fn carts_expire_as_their_policy_says() {
    let shop = Shop::new();
    let hour = Duration::from_secs(3_600);
    let ages = [
        (RenewOn::Write, [true, true, false]),
        (RenewOn::ReadAndWrite, [true, true, true]),
        (RenewOn::Creation, [true, false, false]),
    ];
    for (renew_on, expected) in ages {
        let carts = Carts::builder(shop.store.clone())
            .clock(std::sync::Arc::clone(&shop.clock) as _)
            .expiry(ExpiryPolicy::after(hour * 2, renew_on))
            .build();
        let instance = format!("{renew_on:?}");
        let cart = carts.cart(shopper(), &instance).expect("a valid instance");
        cart.add(item("a")).await.expect("an edit");
        shop.clock.0.advance(hour);
        cart.add(item("a")).await.expect("an edit an hour later");
        let mut seen = Vec::new();
        for minutes in [0, 90, 90] {
            shop.clock.0.advance(Duration::from_secs(minutes * 60));
            seen.push(cart.load().await.expect("the cart loads").exists());
        }
        assert_eq!(seen, expected, "{renew_on:?}");
    }
}

#[tokio::test]
async fn carts_of_an_instance_expire_by_a_policy_of_their_own() {
    let shop = Shop::new();
    let hour = Duration::from_secs(3_600);
    let wishlist = Instance::new("wishlist").expect("a valid instance");
    let carts = Carts::builder(shop.store.clone())
        .clock(std::sync::Arc::clone(&shop.clock) as _)
        .expiry(ExpiryPolicy::after(hour, RenewOn::Write))
        .expiry_of(
            wishlist,
            ExpiryPolicy::after(hour * 4, RenewOn::ReadAndWrite),
        )
        .build();
    let cart = |instance| carts.cart(shopper(), instance).expect("a valid instance");
    for instance in ["default", "wishlist"] {
        cart(instance).add(item("a")).await.expect("an edit");
    }
    for hours in [3, 3] {
        shop.clock.0.advance(hour * hours);
        let mut seen = Vec::new();
        for instance in ["default", "wishlist"] {
            seen.push(cart(instance).load().await.expect("it loads").exists());
        }
        assert_eq!(seen, [false, true]);
    }
}

#[tokio::test]
async fn a_snapshot_whose_edits_change_nothing_writes_nothing() {
    let shop = Shop::new();
    let mut snapshot = shop.cart().load().await.expect("it loads");
    let removed = snapshot
        .edit(|cart| Ok(cart.remove("a")))
        .expect("nothing to remove");
    assert_eq!(removed, None);
    assert!(!snapshot.save().await.expect("nothing to save").is_written());
    assert_eq!(shop.store.writes(), 0);
}
