//! Work that one process at a time does.

use std::time::Duration;

use cart_core::{CartStore, ErrorKind, Owner, ScanRequest};

use crate::{Fault, Shop, item};

const TIME: Duration = Duration::from_secs(300);
const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn one_process_has_a_lease_until_it_gives_it_up() {
    let shop = Shop::new();
    let other = shop.carts(|carts| carts);
    let lease = shop.carts.lease("work", TIME).await.expect("an answer");
    let lease = lease.expect("nobody has it");
    assert!(
        other
            .lease("work", TIME)
            .await
            .expect("an answer")
            .is_none()
    );
    assert!(
        other
            .lease("more", TIME)
            .await
            .expect("an answer")
            .is_some()
    );
    lease.release().await.expect("released");
    assert!(
        other
            .lease("work", TIME)
            .await
            .expect("an answer")
            .is_some()
    );
}

#[tokio::test]
async fn of_two_at_once_one_gets_the_lease() {
    for _ in 0..20 {
        let shop = Shop::new();
        let other = shop.carts(|carts| carts);
        let (first, second) =
            tokio::join!(shop.carts.lease("work", TIME), other.lease("work", TIME));
        let (first, second) = (first.expect("an answer"), second.expect("an answer"));
        assert!(first.is_some() != second.is_some());
    }
}

#[tokio::test]
async fn a_lease_ends_by_itself_unless_it_is_renewed() {
    let shop = Shop::new();
    let other = shop.carts(|carts| carts);
    let lease = shop.carts.lease("work", TIME).await.expect("an answer");
    let mut lease = lease.expect("nobody has it");
    let almost_a_third = (TIME / 3).saturating_sub(MILLISECOND);
    let writes = shop.store.writes();
    shop.clock.0.advance(almost_a_third);
    lease.renew_when_due().await.expect("too early");
    assert_eq!(shop.store.writes(), writes);
    for _ in 0..4 {
        shop.clock
            .0
            .advance(TIME.saturating_sub(almost_a_third + MILLISECOND * 2));
        lease.renew_when_due().await.expect("prolonged");
        assert!(
            other
                .lease("work", TIME)
                .await
                .expect("an answer")
                .is_none()
        );
    }
    shop.clock.0.advance(TIME);
    let taken = other.lease("work", TIME).await.expect("an answer");
    assert!(taken.is_some());
    let error = lease.renew_when_due().await.expect_err("it is another's");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    lease.release().await.expect("nothing to give up");
    assert!(
        shop.carts
            .lease("work", TIME)
            .await
            .expect("an answer")
            .is_none()
    );
}

#[tokio::test]
async fn a_lease_whose_reply_is_lost_is_held_and_no_cart_is_seen() {
    let shop = Shop::new();
    shop.store.plan([Fault::lose_reply()]);
    let lease = shop.carts.lease("work", TIME).await.expect("an answer");
    assert!(lease.is_some());
    let listed = shop
        .store
        .scan(&ScanRequest::new(10))
        .await
        .expect("a list");
    assert_eq!(listed.entries, []);
    let owner = Owner::custom("lease", "work").expect("an owner");
    assert_eq!(shop.carts.instances(&owner).await.expect("a list"), []);
}

#[tokio::test]
async fn a_cart_in_its_place_is_no_lease_and_stays() {
    let shop = Shop::new();
    let owner = Owner::custom("lease", "work").expect("an owner");
    let cart = shop.carts.cart(owner, "default").expect("an instance");
    cart.add(item("a")).await.expect("an edit");
    let error = shop.carts.lease("work", TIME).await.expect_err("a cart");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(cart.has().await.expect("it loads"));
}
