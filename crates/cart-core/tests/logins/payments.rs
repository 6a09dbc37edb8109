//! Guests who pay while their carts are on the way to a user.

use std::time::Duration;

use cart_core::{BuiltInStrategy, CartHandle, ErrorKind, SettleOutcome};
use cart_testkit::faults::Fault;

use crate::promises::{given_and_not_let_go, promised_to_ann};
use crate::{Shop, ann, item};

const HOUR: Duration = Duration::from_secs(3_600);

/// A guest who is paying for two of `a`.
async fn paying_guest() -> (Shop, CartHandle) {
    let shop = Shop::new();
    let cart = shop.guest_cart();
    cart.add(item("a").quantity(2)).await.expect("an edit");
    cart.claim("payment-1", HOUR).await.expect("a claim");
    (shop, cart)
}

async fn settle(cart: &CartHandle) {
    let paid = cart.settle("payment-1").await.expect("paid");
    assert!(matches!(paid.value, SettleOutcome::Settled(_)));
}

/// Ann gets the two of `a`, and the guest's cart doesn't come to let them go.
async fn give_and_not_let_go(shop: &Shop) {
    shop.guests.plan([Fault::none(), Fault::unreachable()]);
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (2, 2), "both show it");
}

#[tokio::test]
async fn a_payment_begun_as_a_guest_takes_what_was_paid_from_the_users_cart() {
    // Settled in the guest's cart, while both carts show it.
    let (shop, cart) = paying_guest().await;
    give_and_not_let_go(&shop).await;
    settle(&cart).await;
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 0));
    let summary = shop.user_cart().load().await.expect("it loads").summary();
    assert!(summary.converted_at.is_some() && summary.claimed_until.is_none());

    // Settled afterwards, in the user's.
    let (shop, _) = paying_guest().await;
    shop.user_cart().add(item("a")).await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    settle(&shop.user_cart()).await;
    assert_eq!(shop.units("a").await, (0, 1));
}

#[tokio::test]
async fn what_another_tab_added_to_a_paid_line_stays_with_the_user() {
    let (shop, cart) = paying_guest().await;
    give_and_not_let_go(&shop).await;
    cart.add(item("a").quantity(3)).await.expect("an edit");
    settle(&cart).await;
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 3), "five, of which two are paid");
}

/// A shop whose user had four of `a` and was given two more, which the guest still shows, with three
/// that another tab has added.
async fn shared_line() -> Shop {
    let shop = promised_to_ann().await;
    let users = shop.user_cart();
    users.add(item("a").quantity(4)).await.expect("an edit");
    shop.guests.plan([Fault::unreachable()]);
    shop.login().await.expect("the guest's carts are found");
    let cart = shop.guest_cart();
    cart.add(item("a").quantity(3)).await.expect("an edit");
    assert_eq!(shop.units("a").await, (5, 6), "two of them are in both");
    shop
}

#[tokio::test]
async fn a_claim_that_is_opened_and_settled_on_the_way_takes_only_what_was_paid() {
    for is_seen_open in [false, true] {
        let shop = shared_line().await;
        let cart = shop.guest_cart();
        cart.claim("payment-1", HOUR).await.expect("a claim");
        if is_seen_open {
            shop.guests.plan([Fault::unreachable()]);
            shop.login().await.expect("the guest's carts are found");
            assert_eq!(shop.guests.heal(), 0);
        }
        settle(&cart).await;
        for _ in 0..2 {
            shop.login().await.expect("the guest's carts are found");
            let context = format!("the user's own stay, seen open: {is_seen_open}");
            assert_eq!(shop.units("a").await, (0, 4), "{context}");
        }
    }
}

#[tokio::test]
async fn what_was_paid_before_it_is_given_takes_nothing_from_the_user() {
    let shop = promised_to_ann().await;
    let users = shop.user_cart();
    users.add(item("a").quantity(4)).await.expect("an edit");
    let cart = shop.guest_cart();
    cart.claim("payment-1", HOUR).await.expect("a claim");
    settle(&cart).await;
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 4));
}

#[tokio::test]
async fn a_guest_who_has_paid_for_everything_takes_nothing_from_the_user() {
    let (shop, cart) = paying_guest().await;
    settle(&cart).await;
    let users = shop.user_cart();
    users.add(item("a").quantity(4)).await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 4));
    let summary = users.load().await.expect("it loads").summary();
    assert!(summary.converted_at.is_some(), "the sale goes along");
}

#[tokio::test]
async fn a_discarded_cart_that_is_paid_for_takes_nothing_from_the_user() {
    let (shop, cart) = paying_guest().await;
    shop.user_cart()
        .add(item("a").quantity(4))
        .await
        .expect("an edit");
    shop.guests.plan([Fault::none(), Fault::unreachable()]);
    let keep_user = BuiltInStrategy::KeepUser;
    let login = shop.login_as(&ann(), keep_user).await;
    assert_eq!(login.expect("the guest's carts are found").failed.len(), 1);
    settle(&cart).await;
    let login = shop.login_as(&ann(), keep_user).await;
    login.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 4));
}

#[tokio::test]
async fn a_claim_that_has_gone_along_is_settled_where_it_went() {
    let shop = given_and_not_let_go().await;
    let cart = shop.guest_cart();
    cart.claim("payment-1", HOUR).await.expect("a claim");
    cart.add(item("a")).await.expect("an edit");
    // The first two are let go, and the late one has no time to be given.
    shop.guests.plan([Fault::none(), Fault::unreachable()]);
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (1, 2));

    let gone = cart.settle("payment-1").await.expect_err("it is Ann's");
    assert_eq!(gone.kind(), ErrorKind::Domain);
    settle(&shop.user_cart()).await;
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 1));
}
