use std::sync::Arc;
use std::time::Duration;

use cart_core::{Carts, DomainError, ExpiryPolicy, RenewOn, SettleOutcome};

use crate::{Fault, Shop, item, quantity, shopper};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn what_is_added_while_the_shopper_pays_stays() {
    let shop = Shop::new();
    let cart = shop.cart();
    let version = cart
        .add(item("a").quantity(2))
        .await
        .expect("an edit")
        .snapshot
        .version();
    let claim = cart.claim("payment-1", HOUR).await.expect("a claim").value;
    assert_eq!(claim.version().0, version.expect("a version").to_string());
    cart.add(item("a")).await.expect("one more");
    cart.add(item("b")).await.expect("another item");

    shop.store.plan([Fault::lose_reply()]);
    let settled = cart.settle("payment-1").await.expect("paid").value;
    assert!(matches!(settled, SettleOutcome::Settled(_)));
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (1, 1)
    );

    let again = cart.settle("payment-1").await.expect("harmless").value;
    assert!(matches!(again, SettleOutcome::AlreadySettled(_)));
    assert_eq!(quantity(&cart, "a").await, 1);
    assert!(
        cart.load()
            .await
            .expect("it loads")
            .summary()
            .converted_at
            .is_some()
    );
}

#[tokio::test]
async fn of_two_claims_at_once_one_wins() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("a")).await.expect("an edit");
    let (first, second) = (cart.clone(), shop.elsewhere());
    let claims = tokio::join!(
        tokio::spawn(async move { first.claim("payment-1", HOUR).await.map(drop) }),
        tokio::spawn(async move { second.claim("payment-2", HOUR).await.map(drop) }),
    );
    let (first, second) = (claims.0.expect("it ends"), claims.1.expect("it ends"));
    assert!(first.is_ok() != second.is_ok());
    let refused = first.and(second).expect_err("one is refused");
    assert!(matches!(
        refused.domain(),
        Some(DomainError::ClaimConflict { .. })
    ));
    let claimed = cart.load().await.expect("it loads").summary().claimed_until;
    assert!(claimed.is_some(), "clean-up can see the claim");
}

#[tokio::test]
async fn an_aborted_claim_makes_room_for_another() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("a")).await.expect("an edit");
    cart.claim("payment-1", HOUR).await.expect("a claim");
    cart.abort("payment-1").await.expect("given up");
    cart.claim("payment-2", HOUR).await.expect("another claim");
    assert_eq!(quantity(&cart, "a").await, 1);
}

#[tokio::test]
async fn a_cart_does_not_expire_while_it_is_claimed() {
    let shop = Shop::new();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let carts = Carts::builder(shop.store.clone())
        .clock(Arc::clone(&shop.clock) as _)
        .expiry(ExpiryPolicy::after(minutes(10), RenewOn::ReadAndWrite))
        .build();
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    cart.add(item("a")).await.expect("an edit");
    cart.claim("payment-1", minutes(30)).await.expect("a claim");
    // Reading renews the expiry, and must not bring it forward.
    assert!(cart.load().await.expect("it loads").exists());
    shop.clock.0.advance(minutes(29));
    let settled = cart.settle("payment-1").await.expect("paid").value;
    assert!(matches!(settled, SettleOutcome::Settled(_)));
}
