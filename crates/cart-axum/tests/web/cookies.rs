//! Guests whose carts are in cookies.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use cart_axum::{CartLayer, GuestCookie};
use cart_core::{Carts, Clock, SystemClock};
use cart_store_session::{CookieHome, CookieKeys, SessionCartStore};
use http::{StatusCode, header};
use tower::{Layer, ServiceExt};

use crate::shop::{Browser, key, memory, routes};

/// Lets each request have the carts that came with it, and puts them into its answer.
async fn with_cookies(users: Carts, request: Request, next: Next) -> Response {
    let home = CookieHome::new(CookieKeys::new([7; 32]));
    for cookies in request.headers().get_all(header::COOKIE) {
        home.receive(cookies.to_str().expect("text"));
    }
    let guests = Carts::new(SessionCartStore::new(home.clone()));
    let layer = CartLayer::new(users, GuestCookie::new(key())).guests(guests);
    let answer = layer.layer(next).oneshot(request).await;
    let mut answer = answer.unwrap_or_else(|never| match never {});
    for cookie in home.set_cookies(SystemClock.now()) {
        let cookie = cookie.parse().expect("a header");
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

fn shop(users: &Carts) -> Router {
    let users = users.clone();
    let cookies =
        move |request: Request<Body>, next: Next| with_cookies(users.clone(), request, next);
    routes().layer(middleware::from_fn(cookies))
}

#[tokio::test]
async fn a_cart_in_a_cookie_is_there_after_a_reload_and_in_another_process() {
    let users = memory();
    let mut browser = Browser::new(&shop(&users));
    assert_eq!(browser.post("/cart/USD/tea").await.quantity("tea"), 1);
    assert_eq!(browser.post("/cart/USD/tea").await.quantity("tea"), 2);
    let reloaded = browser.get("/cart").await;
    assert_eq!(reloaded.quantity("tea"), 2);
    assert_eq!(reloaded.header(header::SET_COOKIE), None);
    let mut elsewhere = browser.through(&shop(&users));
    assert_eq!(elsewhere.get("/cart").await.quantity("tea"), 2);
    let stale = [("if-match", "\"1-0000000000000001\"")];
    let refused = elsewhere.ask("POST", "/cart/USD/tea", &stale).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_cart_that_no_longer_fits_is_refused_and_stays() {
    let mut browser = Browser::new(&shop(&memory()));
    let mut lines = 0;
    let refused = loop {
        let answer = browser.post(&format!("/cart/USD/tea-{lines}")).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        lines += 1;
        assert!(lines < 100, "a cookie has an end");
    };
    assert_eq!(
        refused.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "{}",
        refused.text
    );
    assert!(lines > 5, "{lines}");
    let cart = browser.get("/cart").await;
    assert_eq!(cart.json()["items"].as_array().map(Vec::len), Some(lines));
}

#[tokio::test]
async fn a_login_takes_the_cart_out_of_the_cookie_once() {
    let users = memory();
    let shop = shop(&users);
    let mut laptop = Browser::of_guest(&shop, "USD").await;
    let mut repeated = laptop.clone();
    assert_eq!(laptop.post("/login/ann").await.text, "2 merged, 0 failed");
    assert_eq!(laptop.cookie, None, "the token has served its purpose");
    laptop.user = Some("ann");
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);
    assert_eq!(laptop.get("/carts/wishlist").await.quantity("pot"), 1);

    // The answer was lost, and the browser sends what it has.
    let again = repeated.post("/login/ann").await;
    assert!(again.text.ends_with("0 failed"), "{}", again.text);
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);
    assert_eq!(laptop.get("/carts/wishlist").await.quantity("pot"), 1);
}

#[tokio::test]
async fn a_cart_in_a_cookie_that_cant_be_merged_stays_in_it() {
    let users = memory();
    let shop = shop(&users);
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    phone.post("/cart/EUR/tea").await;
    let mut laptop = Browser::new(&shop);
    laptop.post("/cart/USD/tea").await;
    assert_eq!(laptop.post("/login/ann").await.text, "0 merged, 1 failed");
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);
    assert_eq!(phone.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn a_cart_in_a_cookie_is_of_use_to_nobody_else() {
    let shop = shop(&memory());
    let mut ann = Browser::new(&shop);
    ann.post("/cart/USD/tea").await;
    let mut thief = Browser::new(&shop);
    thief.post("/cart/USD/pot").await;
    thief.others.extend(ann.others.clone());
    assert_eq!(thief.get("/cart").await.quantity("tea"), 0);
    // Under the thief's own name it is no cart at all.
    let names: Vec<String> = thief.others.keys().cloned().collect();
    let (_, value) = ann.others.first_key_value().expect("a cookie");
    for name in names {
        thief.others.insert(name, value.clone());
    }
    let answer = thief.get("/cart").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.text.contains("tea"), "{}", answer.text);
}
