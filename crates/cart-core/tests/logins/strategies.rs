//! What the carts become together.

use std::sync::Arc;

use cart_core::{
    BuiltInStrategy, CartStore, Carts, ErrorKind, Expect, Instance, Limits, SaveRequest, Scope,
    Transfer,
};
use cart_testkit::faults::Fault;

use crate::by_hand::ByHand;
use crate::{Shop, ann, euros, guest, item, quantity};

/// The only transfer of a login.
fn only(login: cart_core::Result<cart_core::Transfers>) -> Transfer {
    let done = login.and_then(cart_core::Transfers::all_done);
    let [ref done] = done.expect("all went well")[..] else {
        panic!("there is one instance");
    };
    done.transfer.clone()
}

#[tokio::test]
async fn a_user_without_a_cart_gets_the_guests() {
    for strategy in [BuiltInStrategy::AddQuantities, BuiltInStrategy::KeepUser] {
        let shop = Shop::new();
        shop.guest_cart().add(item("a")).await.expect("an edit");
        let login = shop.login_as(&ann(), strategy).await;
        assert_eq!(only(login), Transfer::Moved);
        assert_eq!(shop.units("a").await, (0, 1));
    }
}

#[tokio::test]
async fn each_strategy_makes_of_both_carts_what_it_says() {
    for (strategy, expected) in [
        (BuiltInStrategy::AddQuantities, (5, 1)),
        (BuiltInStrategy::KeepHighest, (3, 1)),
        (BuiltInStrategy::KeepUser, (2, 1)),
        (BuiltInStrategy::ReplaceWithGuest, (3, 0)),
    ] {
        let shop = Shop::new();
        let guest = shop.guest_cart();
        guest.add(item("a").quantity(3)).await.expect("an edit");
        let user = shop.user_cart();
        user.add(item("a").quantity(2)).await.expect("an edit");
        user.add(item("b")).await.expect("an edit");
        let given = only(shop.login_as(&ann(), strategy).await);
        assert!(matches!(given, Transfer::Merged(_)), "{given:?}");
        let found = (quantity(&user, "a").await, quantity(&user, "b").await);
        assert_eq!(found, expected, "{strategy:?}");
        assert!(!guest.load().await.expect("it loads").exists());
        let again = shop.login_as(&ann(), strategy).await;
        assert!(again.expect("no error").done.is_empty());
    }
}

/// Another tab adds an item at any moment of the login.
#[tokio::test]
async fn what_another_tab_adds_replaces_nothing_and_is_not_lost() {
    for strategy in [
        BuiltInStrategy::AddQuantities,
        BuiltInStrategy::KeepHighest,
        BuiltInStrategy::ReplaceWithGuest,
    ] {
        for polls in 0.. {
            let shop = Shop::new();
            shop.guest_cart().add(item("a")).await.expect("an edit");
            shop.user_cart().add(item("b")).await.expect("an edit");
            let user = ann();
            let mut login = ByHand::new(shop.login_as(&user, strategy));
            let has_ended = (0..polls).any(|_| login.poll().is_some());
            let late = item("late").quantity(2);
            shop.guest_cart().add(late).await.expect("an edit");
            if !has_ended {
                while login.poll().is_none() {}
            }
            drop(login);
            // It was taken along, or the next login takes it.
            let again = shop.login_as(&ann(), strategy).await;
            again.expect("the guest's carts are found");
            let context = format!("{strategy:?}, after {polls} polls");
            assert_eq!(shop.units("a").await, (0, 1), "{context}");
            assert_eq!(shop.units("late").await, (0, 2), "{context}");
            if has_ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn carts_that_cant_be_merged_stay_as_they_are_and_keep_no_others() {
    let shop = Shop::new();
    shop.guest_cart().add(euros("a")).await.expect("an edit");
    shop.user_cart().add(item("b")).await.expect("an edit");
    let wishes = shop.guests().cart(guest(), "wishlist");
    let wishes = wishes.expect("an instance");
    wishes.add(item("c")).await.expect("an edit");
    let before = shop.guest_cart().load().await.expect("it loads").version();
    let login = shop.login().await.expect("the guest's carts are found");
    let [failed] = &login.failed[..] else {
        panic!("two currencies: {login:?}");
    };
    assert_eq!(
        (failed.instance.as_str(), failed.error.kind()),
        ("default", ErrorKind::Domain)
    );
    let after = shop.guest_cart().load().await.expect("it loads").version();
    assert_eq!(before, after, "nothing was noted");
    assert_eq!(
        (shop.units("a").await, shop.units("b").await),
        ((1, 0), (0, 1))
    );
    assert_eq!(login.done.len(), 1);
}

#[tokio::test]
async fn a_limit_of_the_users_store_clamps_or_refuses_and_loses_nothing_silently() {
    let shop = Shop::new();
    let cart = shop.guest_cart();
    cart.add(item("a").quantity(7)).await.expect("an edit");
    let mut limits = Limits::default();
    limits.units_per_line = 5;
    let login = |limits| {
        let users = shop.process(&shop.users).limits(limits).build();
        let guests = shop.guests();
        async move {
            let strategy = Arc::new(BuiltInStrategy::AddQuantities);
            let instance = Instance::default();
            guests
                .login_instance(&guest(), &users, &ann(), &instance, strategy)
                .await
        }
    };
    let mut none = limits;
    none.lines = 0;
    let refused = login(none).await.expect_err("there is no room");
    assert_eq!(refused.kind(), ErrorKind::Domain);
    assert_eq!(shop.units("a").await, (7, 0));

    let Transfer::Merged(report) = login(limits).await.expect("it is clamped") else {
        panic!("what was clamped is reported");
    };
    assert_eq!((report.clamped[0].wanted, report.clamped[0].kept), (7, 5));
    assert_eq!(shop.units("a").await, (0, 5));
}

#[tokio::test]
async fn an_idempotency_key_goes_along() {
    let shop = Shop::new();
    let once = cart_core::IdempotencyKey::new("request-1", &"add a").expect("a key");
    let added = shop.guest_cart();
    let added = added.edit_once(&once, |cart| cart.add(item("a"))).await;
    added.expect("the first call");
    shop.login().await.expect("the guest's carts are found");
    let again = shop.user_cart();
    let again = again.edit_once(&once, |cart| cart.add(item("a"))).await;
    assert!(again.expect("the same call").value.is_none());
    assert_eq!(shop.units("a").await, (0, 1));
}

#[tokio::test]
async fn within_one_store_a_login_is_one_rename() {
    let shop = Shop::new();
    let carts = shop.guests();
    let cart = carts.cart(guest(), "default").expect("an instance");
    cart.add(item("a")).await.expect("an edit");
    // A second write would meet the fault.
    shop.guests.plan([Fault::none(), Fault::unreachable()]);
    let strategy = Arc::new(BuiltInStrategy::AddQuantities);
    let login = carts.login(&guest(), &carts, &ann(), strategy).await;
    assert_eq!(only(login), Transfer::Moved);
    assert_eq!(shop.guests.heal(), 1);
}

#[tokio::test]
async fn a_guest_in_a_cookie_that_is_sent_again_changes_nothing() {
    let shop = Shop::new();
    let jar = shop.guests.clone();
    let guests = Carts::new(jar.declaring(|declared| declared.compare_and_set = Scope::None));
    shop.guest_cart().add(item("a")).await.expect("an edit");
    shop.user_cart().add(item("a")).await.expect("an edit");
    let sent = shop.guest_cart().load().await.expect("it loads");
    let record = sent.stored().clone().into_live().expect("a cart");
    let sent = SaveRequest::new(sent.key().clone(), record, Expect::Any);
    for _ in 0..3 {
        // The answer that empties the cookie was lost, and the browser sends the old one again.
        shop.guests.save(&sent).await.expect("it is stored");
        let strategy = Arc::new(BuiltInStrategy::AddQuantities);
        let login = guests
            .login(&guest(), &shop.users(), &ann(), strategy)
            .await;
        only(login);
        assert_eq!(shop.units("a").await, (0, 2));
    }
}
