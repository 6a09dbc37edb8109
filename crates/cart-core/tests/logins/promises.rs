//! What becomes of a hand-over that was begun and not ended.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    BuiltInStrategy, Carts, ErrorKind, Instance, ItemUpdate, MergeStrategy, OnExisting,
    QuantityChange, Transfer,
};
use cart_testkit::faults::Fault;

use crate::by_hand::ByHand;
use crate::{Shop, ann, bob, euros, guest, item, quantity};

/// How many polls it takes until the guest's cart bears the note, and the user has nothing yet.
async fn polls_to_the_note() -> usize {
    for polls in 0.. {
        let shop = Shop::new();
        shop.guest_cart().add(item("a")).await.expect("an edit");
        let before = shop.guest_cart().load().await.expect("it loads").version();
        ByHand::new(shop.login()).at_most(polls);
        if shop.guest_cart().load().await.expect("it loads").version() != before {
            return polls;
        }
    }
    unreachable!("a login notes what it hands over")
}

/// A shop whose guest has begun to hand two of `a` over to Ann, and has stopped.
pub(crate) async fn promised_to_ann() -> Shop {
    let polls = polls_to_the_note().await;
    let shop = Shop::new();
    let cart = shop.guest_cart();
    cart.add(item("a").quantity(2)).await.expect("an edit");
    assert!(ByHand::new(shop.login()).at_most(polls).is_none());
    assert_eq!(shop.units("a").await, (2, 0), "it is noted and not given");
    shop
}

/// A shop whose guest has handed two of `a` over to Ann, and still shows them.
pub(crate) async fn given_and_not_let_go() -> Shop {
    let shop = promised_to_ann().await;
    shop.guests.plan([Fault::unreachable()]);
    let login = shop.login().await.expect("the guest's carts are found");
    assert_eq!(login.failed.len(), 1);
    assert_eq!(shop.units("a").await, (2, 2), "both show it");
    shop
}

#[tokio::test]
async fn what_is_promised_to_one_user_never_goes_to_another() {
    let shop = promised_to_ann().await;
    shop.guest_cart().add(item("b")).await.expect("an edit");
    let strategy = BuiltInStrategy::AddQuantities;
    let login = shop.login_as(&bob(), strategy).await;
    let done = login.and_then(cart_core::Transfers::all_done);
    assert_eq!(done.expect("it goes well")[0].transfer, Transfer::Moved);
    let bobs = shop.users().cart(bob(), "default").expect("an instance");
    assert_eq!(shop.units("a").await, (0, 2));
    assert_eq!(shop.units("b").await, (0, 0));
    let found = (quantity(&bobs, "a").await, quantity(&bobs, "b").await);
    assert_eq!(found, (0, 1), "what came later is Bob's");
}

#[tokio::test]
async fn what_is_taken_out_before_it_is_given_stays_out() {
    let shop = promised_to_ann().await;
    let one = ItemUpdate::new().quantity(QuantityChange::To(1));
    let cart = shop.guest_cart();
    cart.update("a", one).await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 1));

    let shop = promised_to_ann().await;
    shop.guest_cart().clear().await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 0));
}

#[tokio::test]
async fn what_is_put_in_again_is_new() {
    let shop = given_and_not_let_go().await;
    let cart = shop.guest_cart();
    cart.remove("a").await.expect("an edit");
    cart.add(item("a")).await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(
        shop.units("a").await,
        (0, 3),
        "two were given, one came later"
    );
}

#[tokio::test]
async fn a_repeat_that_only_lets_go_says_that_it_was_merged() {
    let shop = given_and_not_let_go().await;
    let done = shop.login().await.and_then(cart_core::Transfers::all_done);
    let done = done.expect("it goes well");
    assert_eq!(done[0].transfer, Transfer::AlreadyMerged);
    assert_eq!(shop.units("a").await, (0, 2));
}

#[tokio::test]
async fn sixteen_other_logins_in_between_dont_make_it_forget() {
    let shop = given_and_not_let_go().await;
    for number in 0..40 {
        let guests = Carts::new(shop.guests.inner());
        let other = guests.new_guest().expect("a guest");
        let cart = guests.cart(other.clone(), "default").expect("an instance");
        cart.add(item("b")).await.expect("an edit");
        let strategy = Arc::new(BuiltInStrategy::AddQuantities);
        let login = guests.login(&other, &shop.users(), &ann(), strategy).await;
        assert!(login.expect("no error").failed.is_empty(), "{number}");
    }
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(
        (shop.units("a").await, shop.units("b").await),
        ((0, 2), (0, 40))
    );
}

#[tokio::test]
async fn a_user_who_deletes_the_cart_before_it_is_given_gets_it_in_a_new_one() {
    let shop = Shop::new();
    let polls = polls_to_the_note().await;
    shop.guest_cart().add(item("a")).await.expect("an edit");
    shop.user_cart().add(item("b")).await.expect("an edit");
    let mut login = ByHand::new(shop.login());
    assert!((0..polls).all(|_| login.poll().is_none()));
    shop.user_cart().forget().await.expect("an edit");
    let ended = loop {
        if let Some(ended) = login.poll() {
            break ended;
        }
    };
    assert!(ended.expect("no error").failed.is_empty());
    assert_eq!(
        (shop.units("a").await, shop.units("b").await),
        ((0, 1), (0, 0))
    );
}

#[tokio::test]
async fn a_login_that_wakes_up_late_brings_nothing_back() {
    for polls in 0.. {
        let shop = promised_to_ann().await;
        let mut late = ByHand::new(shop.login());
        let mut ended = (0..polls).find_map(|_| late.poll());
        let was_through = ended.is_some();
        shop.login().await.expect("the guest's carts are found");
        assert_eq!(shop.units("a").await, (0, 2), "after {polls} polls");
        // The receipt goes with the cart.
        shop.user_cart().forget().await.expect("an edit");
        while ended.is_none() {
            ended = late.poll();
        }
        assert_eq!(shop.units("a").await, (0, 0), "after {polls} polls");
        if was_through {
            break;
        }
    }
}

#[tokio::test]
async fn a_promise_that_cant_be_kept_leaves_both_carts_and_can_be_kept_later() {
    let shop = promised_to_ann().await;
    shop.user_cart().add(euros("b")).await.expect("an edit");
    let login = shop.login().await.expect("the guest's carts are found");
    assert_eq!(login.failed[0].error.kind(), ErrorKind::Domain);
    assert_eq!(
        (shop.units("a").await, shop.units("b").await),
        ((2, 0), (0, 1))
    );
    shop.user_cart().remove("b").await.expect("an edit");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 2));
}

#[tokio::test]
async fn a_cart_that_is_handed_over_is_given_to_nobody_within_its_store() {
    let shop = given_and_not_let_go().await;
    let strategy: Arc<dyn MergeStrategy> = Arc::new(BuiltInStrategy::AddQuantities);
    let instance = Instance::default();
    let merge = OnExisting::Merge(strategy);
    let guests = shop.guests();
    let refused = guests.transfer(&guest(), &bob(), &instance, &merge).await;
    assert_eq!(refused.expect_err("it is Ann's").kind(), ErrorKind::Busy);
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 2));
}

#[tokio::test]
async fn a_hand_over_is_no_claim_and_expires_with_nothing() {
    let shop = promised_to_ann().await;
    let snapshot = shop.guest_cart().load().await.expect("it loads");
    let summary = snapshot.summary();
    assert!(summary.claimed_until.is_none() && summary.converted_at.is_none());
    assert!(snapshot.cart().expect("a cart").claims().is_empty());
    shop.clock.0.advance(Duration::from_secs(400 * 24 * 3_600));
    let cart = shop.guest_cart();
    let claim = cart.claim("payment-1", Duration::from_secs(60)).await;
    claim.expect("a checkout is not in its way");
    shop.login().await.expect("the guest's carts are found");
    assert_eq!(shop.units("a").await, (0, 2));
}
