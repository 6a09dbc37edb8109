//! A login that ends at any of its steps.

use cart_core::{Condition, Currency, Json, Transfer};
use cart_testkit::faults::Fault;

use crate::by_hand::ByHand;
use crate::{Shop, item};

async fn filled() -> Shop {
    let shop = Shop::new();
    let usd = Currency::parse("USD").expect("a currency");
    let guest = shop.guest_cart();
    guest.add(item("a").quantity(2)).await.expect("an edit");
    guest.add(item("b")).await.expect("an edit");
    let fee = Condition::fee("gift wrap", "100", usd).expect("a fee");
    guest.apply(fee).await.expect("an edit");
    guest
        .set_metadata("note", Json::parse("1").expect("JSON"))
        .await
        .expect("an edit");
    shop.user_cart().add(item("a")).await.expect("an edit");
    shop
}

/// Nothing is missing: each item is with the guest, with the user, or with both for a moment.
async fn check_whole(shop: &Shop, context: &str) {
    let (guest_a, user_a) = shop.units("a").await;
    let (guest_b, user_b) = shop.units("b").await;
    let halves = [((guest_a, guest_b), (2, 1)), ((user_a - 1, user_b), (2, 1))];
    for (found, all) in halves {
        assert!(
            found == all || found == (0, 0),
            "half of a cart: {found:?} {context}"
        );
    }
    assert!(guest_a + user_a >= 3, "items are missing {context}");
}

/// Everything is the user's, once.
async fn check_arrived(shop: &Shop, context: &str) {
    assert_eq!(shop.units("a").await, (0, 3), "{context}");
    assert_eq!(shop.units("b").await, (0, 1), "{context}");
    let snapshot = shop.user_cart().load().await.expect("it loads");
    let cart = snapshot.cart().expect("it can be read");
    assert_eq!(
        (cart.conditions().len(), cart.metadata().len()),
        (1, 1),
        "{context}"
    );
    assert!(
        !shop.guest_cart().load().await.expect("it loads").exists(),
        "{context}"
    );
}

#[tokio::test]
async fn a_login_that_is_dropped_anywhere_is_finished_by_the_next() {
    for polls in 0.. {
        let shop = filled().await;
        let ended = ByHand::new(shop.login()).at_most(polls);
        let context = format!("after {polls} polls");
        check_whole(&shop, &context).await;
        let again = shop.login().await.expect("the guest's carts are found");
        assert!(again.failed.is_empty(), "{again:?} {context}");
        check_arrived(&shop, &context).await;
        if ended.is_some() {
            assert!(polls > 10, "each call is a step: {polls}");
            break;
        }
    }
}

#[tokio::test]
async fn a_repeat_that_is_dropped_anywhere_changes_nothing_either() {
    for first in (0..12).step_by(2) {
        for second in 0..12 {
            let shop = filled().await;
            ByHand::new(shop.login()).at_most(first);
            ByHand::new(shop.login()).at_most(second);
            let context = format!("after {first} and {second} polls");
            check_whole(&shop, &context).await;
            shop.login().await.expect("the guest's carts are found");
            check_arrived(&shop, &context).await;
        }
    }
}

#[tokio::test]
async fn a_write_that_fails_at_either_store_leaves_both_carts_whole() {
    for (fault, is_refused) in [
        (Fault::lose_reply(), false),
        (Fault::lose_request(), false),
        (Fault::unreachable(), true),
    ] {
        for (at_users, write) in [(false, 0), (false, 1), (true, 0)] {
            let shop = filled().await;
            let store = if at_users { &shop.users } else { &shop.guests };
            store.plan((0..write).map(|_| Fault::none()).chain([fault.clone()]));
            let login = shop.login().await.expect("the guest's carts are found");
            let context = format!("{fault:?} of write {write}, users: {at_users}");
            assert_eq!(store.heal(), 0, "the fault happened: {context}");
            check_whole(&shop, &context).await;
            // What may have been applied is found out; what wasn't is said.
            assert_eq!(login.failed.len(), usize::from(is_refused), "{context}");
            shop.login().await.expect("the guest's carts are found");
            check_arrived(&shop, &context).await;
        }
    }
}

#[tokio::test]
async fn a_users_store_that_is_down_leaves_the_guest_everything() {
    let shop = filled().await;
    shop.users.plan([Fault::unreachable()]);
    let login = shop.login().await.expect("the guest's carts are found");
    let [failed] = &login.failed[..] else {
        panic!("the store was down: {login:?}");
    };
    assert_eq!(
        failed.error.retry_class(),
        cart_core::RetryClass::NotApplied
    );
    assert_eq!(shop.units("a").await, (2, 1));
}

#[tokio::test]
async fn eight_logins_at_once_give_everything_once() {
    let shop = filled().await;
    let logins = (0..8).map(|_| shop.login());
    let mut waiting: Vec<ByHand<'_, _>> = logins.map(ByHand::new).collect();
    let mut merged = 0;
    while !waiting.is_empty() {
        waiting.retain_mut(|login| {
            let Some(ended) = login.poll() else {
                return true;
            };
            let login = ended.expect("the guest's carts are found");
            assert!(login.failed.is_empty(), "{login:?}");
            let made =
                |done: &&cart_core::MergedInstance| matches!(done.transfer, Transfer::Merged(_));
            merged += login.done.iter().filter(made).count();
            false
        });
    }
    assert_eq!(merged, 1);
    check_arrived(&shop, "eight at once").await;
}
