//! Edits upon what this process wrote last.

use std::time::Duration;

use cart_core::{
    CartHandle, Carts, Currency, ErrorKind, ExpiryPolicy, IdempotencyKey, ItemUpdate, Money,
    NewItem, Precondition, QuantityChange, RenewOn,
};

use crate::{Fault, Shop, item, quantity, shopper};

/// The shop's cart, as a process sees it that remembers `count` of them.
fn remembering(shop: &Shop, count: usize) -> CartHandle {
    cart_of(&shop.carts(|carts| carts.remember_writes(count)))
}

fn cart_of(carts: &Carts) -> CartHandle {
    carts.cart(shopper(), "default").expect("a valid instance")
}

#[tokio::test]
async fn a_repeated_edit_loads_nothing() {
    let shop = Shop::new();
    let cart = remembering(&shop, 1);
    cart.add(item("a")).await.expect("an edit");
    assert_eq!((shop.loads(), shop.store.writes()), (1, 1));
    cart.add(item("a")).await.expect("the next");
    let edited = cart.add(item("b")).await.expect("and one more");
    assert_eq!((shop.loads(), shop.store.writes()), (1, 3));
    assert_eq!(edited.snapshot.summary().units, 3);
    assert_eq!(quantity(&shop.elsewhere(), "a").await, 2);
}

#[tokio::test]
async fn without_being_told_so_every_edit_loads() {
    let shop = Shop::new();
    for _ in 0..2 {
        shop.cart().add(item("a")).await.expect("an edit");
    }
    assert_eq!(shop.loads(), 2);
}

#[tokio::test]
async fn what_others_have_written_since_is_kept() {
    let shop = Shop::new();
    let here = remembering(&shop, 1);
    let there = remembering(&shop, 1);
    for _ in 0..20 {
        here.add(item("a")).await.expect("an edit here");
        there.add(item("a")).await.expect("an edit there");
        shop.elsewhere().add(item("b")).await.expect("a third one");
    }
    assert_eq!(quantity(&shop.elsewhere(), "a").await, 40);
    assert_eq!(quantity(&shop.elsewhere(), "b").await, 20);
}

#[tokio::test]
async fn an_answer_without_a_write_is_of_what_the_store_holds() {
    let shop = Shop::new();
    let cart = remembering(&shop, 1);
    cart.add(item("a")).await.expect("an edit");
    shop.elsewhere().add(item("b")).await.expect("another tab");
    let update = ItemUpdate::new().quantity(QuantityChange::To(5));
    let updated = cart.update("b", update).await.expect("an edit");
    assert!(
        updated.value.is_some(),
        "the line of the other tab is there"
    );

    shop.elsewhere().remove("a").await.expect("another tab");
    let removed = cart.remove("a").await.expect("no edit");
    assert!(removed.value.is_none());
    assert!(removed.snapshot.items().expect("items").get("a").is_none());
}

#[tokio::test]
async fn a_refusal_is_of_what_the_store_holds() {
    let shop = Shop::new();
    let cart = remembering(&shop, 1);
    cart.add(item("a")).await.expect("an edit");
    shop.elsewhere().clear().await.expect("another tab");
    let euro = Money::parse("1.00", Currency::parse("EUR").expect("a currency"));
    let euro = NewItem::new("e", "Cup", euro.expect("an amount"));
    cart.add(euro.clone())
        .await
        .expect("the cart is empty by now");

    shop.elsewhere().add(euro).await.expect("another tab");
    let refused = cart.add(item("a")).await.expect_err("another currency");
    assert_eq!(refused.kind(), ErrorKind::Domain);
}

#[tokio::test]
async fn what_was_deleted_or_expired_meanwhile_is_not_revived() {
    let shop = Shop::new();
    let expiry = ExpiryPolicy::after(Duration::from_secs(60), RenewOn::Write);
    let carts = shop.carts(|carts| carts.remember_writes(1).expiry(expiry));
    let cart = cart_of(&carts);
    cart.add(item("a")).await.expect("an edit");
    shop.elsewhere().forget().await.expect("a deletion");
    cart.add(item("b")).await.expect("a new cart");
    assert_eq!(quantity(&shop.elsewhere(), "a").await, 0);

    shop.clock.0.advance(Duration::from_secs(61));
    let edited = cart.add(item("c")).await.expect("a new cart");
    assert_eq!(edited.snapshot.summary().lines, 1);
}

#[tokio::test]
async fn an_edit_whose_reply_was_lost_is_made_once() {
    let shop = Shop::new();
    let cart = remembering(&shop, 1);
    cart.add(item("a")).await.expect("an edit");
    let add = || shop.lost_and_overtaken("b", 2);
    shop.store
        .plan([Fault::lose_reply(), add(), Fault::lose_request()]);
    for _ in 0..3 {
        cart.add(item("a")).await.expect("the next edit");
    }
    assert_eq!(shop.store.left(), 0);
    assert_eq!(quantity(&shop.elsewhere(), "a").await, 4);
    assert_eq!(quantity(&shop.elsewhere(), "b").await, 2);
}

#[tokio::test]
async fn keys_and_preconditions_are_judged_by_what_the_store_holds() {
    let shop = Shop::new();
    let cart = remembering(&shop, 1);
    let seen = cart.add(item("a")).await.expect("an edit").snapshot;
    let key = IdempotencyKey::new("k-1", b"add b").expect("a key");
    let add = |cart: &mut cart_core::Cart| cart.add(item("b"));
    let made = shop.elsewhere().edit_once(&key, add).await;
    assert!(made.expect("an edit elsewhere").value.is_some());
    let repeated = cart.edit_once(&key, add).await.expect("a repetition");
    assert!(repeated.value.is_none());
    assert_eq!(quantity(&cart, "b").await, 1);

    let precondition = Precondition::OneOf(vec![seen.version().expect("a version")]);
    cart.add(item("c")).await.expect("an edit");
    let stale = cart.edit_if(&precondition, None, add).await;
    assert_eq!(stale.expect_err("it is stale").kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn so_many_are_remembered_and_none_that_was_erased() {
    let shop = Shop::new();
    let carts = shop.carts(|carts| carts.remember_writes(2));
    let [first, second, third] =
        ["default", "wishlist", "gifts"].map(|instance| carts.cart(shopper(), instance));
    let edits = [&first, &second, &third, &second, &third];
    for cart in edits {
        let cart = cart.as_ref().expect("a valid instance");
        cart.add(item("a")).await.expect("an edit");
    }
    assert_eq!(shop.loads(), 3);
    let first = first.expect("a valid instance");
    first.add(item("a")).await.expect("an edit");
    assert_eq!(shop.loads(), 4);

    carts.erase(&shopper()).await.expect("erased");
    let loads = shop.loads();
    first.add(item("a")).await.expect("a new cart");
    assert_eq!(shop.loads(), loads + 1);
    assert_eq!(quantity(&first, "a").await, 1);
}
