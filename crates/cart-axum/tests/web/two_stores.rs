//! Guests in session files, users in SQLite.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axum::Router;
use cart_axum::{CartLayer, GuestCookie};
use cart_core::Carts;
use cart_store_db::{SqliteCartStore, SqliteConfig};
use cart_store_session::{FileConfig, FileHome, SessionCartStore};
use http::{StatusCode, header};
use tempfile::TempDir;

use crate::login::sign_in_eight_times_at_once;
use crate::shop::{Browser, key, shop_with};

/// A shop, and the folder in which it keeps everything.
async fn shop() -> (Router, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let sessions = FileHome::open(FileConfig::folder(folder.path().join("sessions"))).await;
    let guests = Carts::new(SessionCartStore::new(sessions.expect("sessions")));
    let database = SqliteConfig::file(folder.path().join("carts.db"));
    let users = Carts::new(SqliteCartStore::open(database).await.expect("a database"));
    let layer = CartLayer::new(users, GuestCookie::new(key())).guests(guests);
    (shop_with(layer), folder)
}

/// What Ann has of an item, on another device.
async fn anns(shop: &Router, instance: &str, sku: &str) -> u64 {
    let mut phone = Browser::new(shop);
    phone.user = Some("ann");
    phone.get(&format!("/carts/{instance}")).await.quantity(sku)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_carts_of_the_guest_become_the_users_once() {
    let (shop, _folder) = shop().await;
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    phone.post("/cart/USD/tea").await;
    let mut laptop = Browser::of_guest(&shop, "USD").await;
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);

    sign_in_eight_times_at_once(&laptop).await;
    assert_eq!(anns(&shop, "default", "tea").await, 2);
    assert_eq!(anns(&shop, "wishlist", "pot").await, 1);
    let again = laptop.post("/login/ann").await;
    assert_eq!(again.text, "0 merged, 0 failed");
    assert_eq!(laptop.cookie, None, "the token has served its purpose");
    assert_eq!(anns(&shop, "default", "tea").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_another_tab_adds_during_a_login_is_taken_along_or_by_the_next() {
    const LATE: u64 = 5;
    let (shop, _folder) = shop().await;
    for round in 1..=5 {
        let mut laptop = Browser::new(&shop);
        laptop.post("/cart/USD/tea").await;
        let mut tab = laptop.clone();
        let adds = tokio::spawn(async move {
            for _ in 0..LATE {
                let added = tab.post("/cart/USD/tea").await;
                assert_eq!(added.status, StatusCode::OK, "{}", added.text);
            }
            tab
        });
        sign_in_eight_times_at_once(&laptop).await;
        let mut tab = adds.await.expect("no panic");
        let login = tab.post("/login/ann").await;
        assert!(login.text.ends_with("0 failed"), "{}", login.text);
        assert_eq!(anns(&shop, "default", "tea").await, round * (1 + LATE));
    }
}

#[tokio::test]
async fn a_cart_that_cant_be_merged_stays_and_keeps_no_other() {
    let (shop, _folder) = shop().await;
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    phone.post("/cart/USD/tea").await;
    let mut laptop = Browser::of_guest(&shop, "EUR").await;
    let before = [laptop.get("/cart").await, phone.get("/cart").await];

    for merged in [1, 0] {
        let login = laptop.post("/login/ann").await;
        assert_eq!(login.text, format!("{merged} merged, 1 failed"));
        let after = [laptop.get("/cart").await, phone.get("/cart").await];
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(after.text, before.text);
            assert_eq!(after.header(header::ETAG), before.header(header::ETAG));
        }
        assert_eq!(anns(&shop, "wishlist", "pot").await, 1);
    }
}

#[tokio::test]
async fn a_login_whose_browser_goes_away_is_finished_by_the_next() {
    let (shop, _folder) = shop().await;
    let mut was_through = false;
    let mut logins = 0;
    while !was_through {
        logins += 1;
        let mut laptop = Browser::new(&shop);
        laptop.post("/cart/USD/tea").await;
        let mut gone = laptop.clone();
        {
            let mut login = pin!(gone.post("/login/ann"));
            let mut polls = 0;
            was_through = poll_fn(|context| {
                polls += 1;
                match login.as_mut().poll(context) {
                    Poll::Ready(_) => Poll::Ready(true),
                    Poll::Pending if polls == logins => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await;
        }
        let shown = laptop.get("/cart").await.quantity("tea");
        let given = anns(&shop, "default", "tea").await;
        assert!(shown + given >= logins, "{shown} and {given} of {logins}");
        let login = laptop.post("/login/ann").await;
        assert!(login.text.ends_with("0 failed"), "{}", login.text);
        assert_eq!(anns(&shop, "default", "tea").await, logins);
    }
    assert!(logins > 3, "no login was interrupted");
}
