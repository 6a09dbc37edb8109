//! Guests who sign in.

use std::sync::Arc;

use cart_axum::{CartLayer, GuestCookie};
use cart_core::{BuiltInStrategy, MigrationSection, Owner};
use http::header;

use crate::shop::{Browser, key, memory, shop, shop_with};

#[tokio::test]
async fn all_carts_of_the_guest_become_the_users_once() {
    let shop = shop(memory(), &key());
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    phone.post("/cart/USD/tea").await;

    let mut laptop = Browser::of_guest(&shop, "USD").await;
    let mut repeated = laptop.clone();
    assert_eq!(laptop.post("/login/ann").await.text, "2 merged, 0 failed");
    assert_eq!(laptop.cookie, None, "the token has served its purpose");
    laptop.user = Some("ann");
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 2);
    assert_eq!(laptop.get("/carts/wishlist").await.quantity("pot"), 1);

    // The request was sent twice.
    assert_eq!(repeated.post("/login/ann").await.text, "0 merged, 0 failed");
    assert_eq!(phone.get("/cart").await.quantity("tea"), 2);
}

#[tokio::test]
async fn concurrent_logins_merge_once() {
    for _ in 0..20 {
        let shop = shop(memory(), &key());
        let mut browser = Browser::new(&shop);
        browser.post("/cart/USD/tea").await;
        sign_in_eight_times_at_once(&browser).await;
        browser.user = Some("ann");
        assert_eq!(browser.get("/cart").await.quantity("tea"), 1);
    }
}

pub(crate) async fn sign_in_eight_times_at_once(browser: &Browser) {
    let logins = (0..8).map(|_| {
        let mut again = browser.clone();
        tokio::spawn(async move { again.post("/login/ann").await.status.is_success() })
    });
    for login in logins.collect::<Vec<_>>() {
        assert!(login.await.expect("no panic"));
    }
}

#[tokio::test]
async fn an_old_token_finds_nothing() {
    let shop = shop(memory(), &key());
    let mut browser = Browser::new(&shop);
    browser.post("/cart/USD/tea").await;
    let mut thief = browser.clone();
    browser.post("/login/ann").await;
    assert_eq!(thief.get("/cart").await.quantity("tea"), 0);
    thief.post("/cart/USD/poison").await;
    browser.user = Some("ann");
    assert_eq!(browser.get("/cart").await.quantity("poison"), 0);
}

#[tokio::test]
async fn a_token_that_was_taken_to_one_account_brings_nothing_to_another() {
    let shop = shop(memory(), &key());
    let mut ann = Browser::new(&shop);
    ann.post("/cart/USD/tea").await;
    let mut bob = ann.clone();
    ann.post("/login/ann").await;
    assert_eq!(bob.post("/login/bob").await.text, "0 merged, 0 failed");
    bob.user = Some("bob");
    assert_eq!(bob.get("/cart").await.quantity("tea"), 0);
    ann.user = Some("ann");
    assert_eq!(ann.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn a_merge_that_fails_leaves_both_carts_and_lets_the_user_in() {
    let shop = shop(memory(), &key());
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    phone.post("/cart/EUR/tea").await;
    let mut laptop = Browser::of_guest(&shop, "USD").await;

    let answer = laptop.post("/login/ann").await;
    assert_eq!(answer.text, "1 merged, 1 failed");
    assert!(laptop.cookie.is_some(), "the guest's cart is not given up");
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);
    assert_eq!(phone.get("/cart").await.quantity("tea"), 1);
    // What could be merged was.
    assert_eq!(phone.get("/carts/wishlist").await.quantity("pot"), 1);
}

#[tokio::test]
async fn nobody_who_fails_to_sign_in_leaves_anything_in_the_account() {
    let carts = memory();
    let shop = shop(carts.clone(), &key());
    let mut browser = Browser::new(&shop);
    browser.post("/cart/USD/poison").await;
    // A login that fails calls nothing; the guest goes on shopping.
    assert_eq!(browser.post("/cart/USD/poison").await.quantity("poison"), 2);
    let ann = Owner::user("ann").expect("a user");
    assert!(carts.instances(&ann).await.expect("instances").is_empty());
}

#[tokio::test]
async fn without_automatic_migration_nothing_moves_at_login() {
    let mut migration = MigrationSection::default();
    migration.auto_migrate_on_login = false;
    let layer = CartLayer::new(memory(), GuestCookie::new(key())).migration(&migration);
    let shop = shop_with(layer);
    let mut browser = Browser::new(&shop);
    browser.post("/cart/USD/tea").await;
    assert_eq!(browser.post("/login/ann").await.text, "0 merged, 0 failed");
    assert_eq!(browser.get("/cart").await.quantity("tea"), 1);
    browser.user = Some("ann");
    assert_eq!(browser.get("/cart").await.quantity("tea"), 0);
}

#[tokio::test]
async fn the_strategy_decides_what_a_shared_line_becomes() {
    let layer = CartLayer::new(memory(), GuestCookie::new(key()));
    let shop = shop_with(layer.strategy(Arc::new(BuiltInStrategy::KeepUser)));
    let mut browser = Browser::new(&shop);
    browser.user = Some("ann");
    browser.post("/cart/USD/tea").await;
    browser.user = None;
    browser.post("/cart/USD/tea").await;
    browser.post("/cart/USD/tea").await;
    browser.post("/login/ann").await;
    browser.user = Some("ann");
    assert_eq!(browser.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn who_signs_out_is_a_new_guest() {
    let shop = shop(memory(), &key());
    let mut browser = Browser::new(&shop);
    browser.post("/cart/USD/tea").await;
    let answer = browser.post("/logout").await;
    let cookie = answer.header(header::SET_COOKIE).expect("a cookie");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(browser.get("/cart").await.quantity("tea"), 0);
}
