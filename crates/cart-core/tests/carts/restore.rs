//! Soft delete: what is kept of a deleted cart, and how it comes back or goes for good.

use std::time::Duration;

use cart_core::{
    CartHandle, CartStore, Cleanup, ErrorKind, Event, Expect, ExpiryPolicy, Instance, Json,
    OnExisting, Owner, RenewOn, Retention, SaveRequest, ScanRequest, Select, Stored,
};

use crate::{Shop, dollars, item, quantity, shopper};

const DAY: Duration = Retention::of_days(1);

/// The shopper's cart where deleted carts are kept for 30 days.
fn keeping(shop: &Shop) -> CartHandle {
    let carts = shop.carts(|carts| carts.keep_deleted(DAY * 30));
    carts.cart(shopper(), "default").expect("an instance")
}

async fn filled(cart: &CartHandle) -> String {
    cart.add(item("a").quantity(2)).await.expect("an edit");
    let discount = cart_core::Condition::discount("ten", "10%", dollars(1).currency());
    cart.apply(discount.expect("a condition"))
        .await
        .expect("an edit");
    let note = Json::parse("1.10").expect("JSON");
    cart.set_metadata("note", note).await.expect("an edit");
    cart.claim("order", DAY).await.expect("a claim");
    content(cart).await
}

/// All that a cart holds.
async fn content(cart: &CartHandle) -> String {
    let snapshot = cart.load().await.expect("it loads");
    let Stored::Live(record) = snapshot.stored() else {
        return String::new();
    };
    let parts = &record.parts;
    let claims = snapshot.cart().expect("a cart").claims().len();
    format!(
        "{}{}{}{claims}{:?}",
        parts.items.as_str(),
        parts.conditions.as_str(),
        parts.metadata.as_str(),
        record.header.created_at,
    )
}

async fn tombstones(shop: &Shop) -> Vec<cart_core::ScanEntry> {
    let mut request = ScanRequest::new(100);
    request.select = Select::Tombstones;
    shop.store.scan(&request).await.expect("a list").entries
}

#[tokio::test]
async fn a_deleted_cart_comes_back_with_everything_under_a_new_version() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    let before = filled(&cart).await;
    let version = cart.load().await.expect("it loads").version();
    assert!(cart.forget().await.expect("deleted"));
    assert!(!cart.has().await.expect("it loads"));
    shop.clock.0.advance(DAY * 29);

    let restored = cart.restore().await.expect("it is back");
    assert_eq!(content(&cart).await, before);
    let now = restored
        .snapshot
        .version()
        .map(cart_core::Version::sequence);
    assert_eq!(now, version.map(|version| version.sequence() + 2));
    assert!(matches!(restored.events[0], Event::CartRestored { .. }));
    cart.add(item("a"))
        .await
        .expect("it is a cart as any other");
    assert_eq!(quantity(&cart, "a").await, 3);
}

#[tokio::test]
async fn without_content_or_a_deleted_cart_there_is_nothing_to_restore() {
    let shop = Shop::new();
    let not_found = async |cart: &CartHandle| {
        let error = cart.restore().await.expect_err("nothing is there");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    };
    not_found(&keeping(&shop)).await;
    filled(&shop.cart()).await;
    shop.cart().forget().await.expect("deleted");
    not_found(&keeping(&shop)).await;

    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    shop.clock.0.advance(DAY * 30);
    not_found(&cart).await;
}

#[tokio::test]
async fn a_cart_in_its_place_is_a_conflict_that_shows_it() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    cart.add(item("b")).await.expect("another cart");
    let error = cart.restore().await.expect_err("a cart is there");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.conflict().expect("what it met").live());
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (0, 1)
    );
}

#[tokio::test]
async fn a_shopper_who_is_faster_keeps_the_new_cart() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    shop.store.plan([shop.overtaken("b")]);
    let error = cart.restore().await.expect_err("a cart is there");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (0, 1)
    );
}

#[tokio::test]
async fn a_restore_whose_reply_is_lost_is_made_once() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    shop.store.plan([shop.lost_and_overtaken("a", 1)]);
    cart.restore().await.expect("it is back");
    assert_eq!((quantity(&cart, "a").await, shop.store.left()), (2, 0));
}

#[tokio::test]
async fn what_a_clean_up_took_comes_back_and_is_not_taken_again_at_once() {
    let shop = Shop::new();
    let cart = shop.cart();
    let before = filled(&cart).await;
    shop.clock.0.advance(DAY * 8);
    let cleanup = Cleanup::new(Retention::days(7)).keep_deleted(DAY * 30);
    let clear = async || {
        shop.carts
            .clear_abandoned(&cleanup)
            .await
            .expect("done")
            .deleted
    };
    assert_eq!(clear().await, 1);
    shop.clock.0.advance(DAY * 29);
    cart.restore().await.expect("it is back");
    assert_eq!(content(&cart).await, before);
    assert_eq!(clear().await, 0);
}

#[tokio::test]
async fn an_expiry_begins_anew_when_a_cart_comes_back() {
    let shop = Shop::new();
    let expiry = ExpiryPolicy::after(DAY, RenewOn::Write);
    let carts = shop.carts(|carts| carts.expiry(expiry).keep_deleted(DAY * 30));
    let cart = carts.cart(shopper(), "default").expect("an instance");
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    shop.clock.0.advance(DAY * 5);
    cart.restore().await.expect("it is back");
    shop.clock
        .0
        .advance(DAY.saturating_sub(Duration::from_millis(1)));
    assert_eq!(quantity(&cart, "a").await, 1);
    shop.clock.0.advance(Duration::from_millis(1));
    assert_eq!(quantity(&cart, "a").await, 0);
}

#[tokio::test]
async fn a_cart_that_was_given_away_leaves_nothing_to_restore() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    let other = Owner::user("43").expect("an owner");
    cart.carts()
        .transfer(
            &shopper(),
            &other,
            &Instance::default(),
            &OnExisting::Refuse,
        )
        .await
        .expect("given away");
    let error = cart.restore().await.expect_err("nothing is there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        tombstones(&shop)
            .await
            .iter()
            .all(|entry| !entry.record.has_content())
    );
}

#[tokio::test]
async fn erasing_a_person_removes_what_was_kept_of_deleted_carts() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    filled(&cart).await;
    cart.forget().await.expect("deleted");
    let kept = tombstones(&shop).await;
    assert!(kept[0].record.has_content());
    let erased = cart.carts().erase(&shopper()).await.expect("erased");
    assert_eq!((erased.carts, erased.tombstones, erased.swept), (0, 1, 1));
    assert_eq!(tombstones(&shop).await, []);
    let error = cart.restore().await.expect_err("nothing is there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_can_not_be_read_is_not_restored_and_stays() {
    let shop = Shop::new();
    let cart = keeping(&shop);
    cart.add(item("a")).await.expect("an edit");
    cart.forget().await.expect("deleted");
    let mut entry = tombstones(&shop).await.remove(0);
    entry.record.parts.items = "[{".into();
    let version = entry.record.header.version;
    entry.record.header.version = version.next(7).expect("a version");
    let damaged = SaveRequest::new(entry.key, entry.record, Expect::Any);
    shop.store.save(&damaged).await.expect("damaged");
    let error = cart.restore().await.expect_err("it is no cart");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(tombstones(&shop).await[0].record, damaged.record);
}
