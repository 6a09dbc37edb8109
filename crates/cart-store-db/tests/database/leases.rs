//! Work that one process is to do alone.

use cart_core::ErrorKind;
use cart_store_db::{Database, Lease};

use crate::shop::Shop;

on_each_database!(
    one_of_two_gets_the_lease_and_the_next_after_its_end,
    leases_of_other_names_are_apart,
    carts_are_written_beside_a_lease,
    bad_names_are_refused,
);

async fn one_of_two_gets_the_lease_and_the_next_after_its_end(shop: Shop) {
    let second = shop.second().await;
    let held = shop.database.lease("sweep").await.expect("an answer");
    assert!(held.is_some());
    for other in [&second, &shop.database] {
        assert!(other.lease("sweep").await.expect("an answer").is_none());
    }
    drop(held);
    let next = next_lease(&second).await;
    assert!(
        shop.database
            .lease("sweep")
            .await
            .expect("an answer")
            .is_none()
    );
    drop(next);
}

/// The lease, once its holder's end has reached the database.
async fn next_lease(database: &Database) -> Lease {
    loop {
        if let Some(lease) = database.lease("sweep").await.expect("an answer") {
            return lease;
        }
        tokio::task::yield_now().await;
    }
}

async fn leases_of_other_names_are_apart(shop: Shop) {
    let first = shop.database.lease("sweep").await.expect("an answer");
    let second = shop
        .database
        .lease("clear-abandoned")
        .await
        .expect("an answer");
    assert!(first.is_some() && second.is_some());
}

async fn carts_are_written_beside_a_lease(shop: Shop) {
    let _held = shop
        .database
        .lease("sweep")
        .await
        .expect("an answer")
        .expect("a lease");
    let key = crate::shop::key("", "user", "1", "default");
    shop.put(&[(key, crate::shop::cart(0, 0, None, 0))]).await;
}

async fn bad_names_are_refused(shop: Shop) {
    for bad in ["", "../x", "Sweep"] {
        let refused = shop.database.lease(bad).await.expect_err("a bad name");
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{bad}");
    }
}
