//! Who is known by what.

use cart_axum::{CurrentCart, Key, Visitor};
use cart_core::{Owner, ScanRequest};
use http::{StatusCode, header};

use crate::shop::{Browser, key, memory, shop};

#[tokio::test]
async fn reading_leaves_no_trace() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let answer = browser.get("/cart").await;
    assert_eq!(answer.quantity("tea"), 0);
    assert_eq!(answer.header(header::SET_COOKIE), None);
    assert_eq!(answer.header(header::ETAG), None, "there is no cart yet");
}

#[tokio::test]
async fn a_guest_is_known_by_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let answer = browser.post("/cart/USD/tea").await;
    let cookie = answer.header(header::SET_COOKIE).expect("a cookie");
    assert!(cookie.starts_with("__Host-cart="), "{cookie}");
    for attribute in [
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Path=/",
        "Max-Age=2592000",
    ] {
        let mut attributes = cookie.split("; ");
        assert!(
            attributes.any(|given| given == attribute),
            "{attribute}: {cookie}"
        );
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(browser.post("/cart/USD/tea").await.quantity("tea"), 2);
    assert_eq!(browser.get("/cart").await.quantity("tea"), 2);
}

#[tokio::test]
async fn guests_do_not_meet() {
    let shop = shop(memory(), &key());
    let (mut ann, mut bob) = (Browser::new(&shop), Browser::new(&shop));
    ann.post("/cart/USD/tea").await;
    bob.post("/cart/USD/coffee").await;
    assert_eq!(ann.get("/cart").await.quantity("coffee"), 0);
    assert_eq!(bob.get("/cart").await.quantity("tea"), 0);
}

#[tokio::test]
async fn a_token_that_this_shop_did_not_give_answers_like_a_missing_one() {
    let carts = memory();
    let victim = Owner::guest("00000000000000000000000000000001").expect("a guest");
    let shop_ = shop(carts.clone(), &key());
    let mut known = Browser::new(&shop_);
    known.post("/cart/USD/tea").await;
    let genuine = known.cookie.clone().expect("a cookie");
    let elsewhere = {
        let mut browser = Browser::new(&shop(memory(), &Key::from(&[8; 64])));
        browser.post("/cart/USD/tea").await;
        browser.cookie.expect("a cookie")
    };
    let mut altered = genuine.clone();
    let last = altered.pop().expect("a character");
    altered.push(if last == '0' { '1' } else { '0' });
    let bare = format!("__Host-cart={}", victim.identifier());
    for cookie in [
        bare,
        elsewhere,
        altered,
        "__Host-cart=".to_owned(),
        "other=1".to_owned(),
    ] {
        let mut browser = Browser::new(&shop_);
        browser.cookie = Some(cookie.clone());
        assert_eq!(browser.get("/cart").await.quantity("tea"), 0, "{cookie}");
        browser.post("/cart/USD/coffee").await;
        assert_ne!(browser.cookie, Some(cookie), "another token is given");
    }
    let of_the_victim = carts.instances(&victim).await.expect("instances");
    assert!(
        of_the_victim.is_empty(),
        "a made-up token is adopted by nobody"
    );
    let mut browser = Browser::new(&shop_);
    browser.cookie = Some(format!("other=1; {genuine}"));
    assert_eq!(browser.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn a_worthless_token_is_answered_word_for_word_like_a_missing_one() {
    let shop_ = shop(memory(), &key());
    let mut former = Browser::new(&shop_);
    former.post("/cart/USD/tea").await;
    let old = former.clone().cookie;
    former.post("/login/ann").await;
    let guessed = Some("__Host-cart=00000000000000000000000000000001".to_owned());
    let elsewhere = {
        let mut browser = Browser::new(&shop(memory(), &Key::from(&[8; 64])));
        browser.post("/cart/USD/tea").await;
        browser.cookie
    };
    let missing = Browser::new(&shop_).get("/cart").await;
    for cookie in [guessed, elsewhere, old] {
        let mut browser = Browser::new(&shop_);
        browser.cookie = cookie;
        let answer = browser.get("/cart").await;
        assert_eq!(answer.status, missing.status);
        assert_eq!(answer.headers, missing.headers);
        assert_eq!(answer.text, missing.text);
    }
}

#[tokio::test]
async fn who_is_signed_in_has_the_carts_of_the_account_on_every_device() {
    let shop = shop(memory(), &key());
    let mut phone = Browser::new(&shop);
    phone.user = Some("ann");
    let answer = phone.post("/cart/USD/tea").await;
    assert_eq!(
        answer.header(header::SET_COOKIE),
        None,
        "a user needs no token"
    );
    let mut laptop = Browser::new(&shop);
    laptop.user = Some("ann");
    assert_eq!(laptop.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn instances_are_carts_of_their_own() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    browser.post("/wishlist/tea").await;
    assert_eq!(browser.get("/cart").await.quantity("tea"), 0);
    assert_eq!(browser.get("/carts/wishlist").await.quantity("tea"), 1);
    let nameless = format!("/carts/{}", "x".repeat(65));
    assert_eq!(browser.get(&nameless).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_visitor_without_a_cart_stores_nothing() {
    let carts = memory();
    let mut browser = Browser::new(&shop(carts.clone(), &key()));
    browser.get("/cart").await;
    browser.post("/logout").await;
    let page = carts
        .store()
        .scan(&ScanRequest::new(10))
        .await
        .expect("a page");
    assert!(page.entries.is_empty());
}

#[tokio::test]
async fn without_the_layer_the_handler_says_so_and_optional_extractors_are_none() {
    use axum::Router;
    use axum::routing::get;

    async fn needs(_cart: CurrentCart) {}
    async fn takes(visitor: Option<Visitor>, cart: Option<CurrentCart>) -> String {
        format!("{} {}", visitor.is_some(), cart.is_some())
    }
    let shop = Router::new()
        .route("/needs", get(needs))
        .route("/takes", get(takes));
    let mut browser = Browser::new(&shop);
    let answer = browser.get("/needs").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.json()["type"]
            .as_str()
            .expect("a type")
            .ends_with("#misconfigured")
    );
    assert_eq!(browser.get("/takes").await.text, "false false");
}
