//! The cookies of one request: what browsers take, and what a seal does and doesn't help against.

#![expect(clippy::unwrap_used, reason = "what a test builds is valid")]

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartHandle, Carts, Clock, Currency, ErrorKind, ExpiryPolicy, Money, NewItem, Owner, RenewOn,
};
use cart_store_session::{CookieHome, CookieKeys, SessionCartStore};
use cart_testkit::ManualClock;

const KEYS: [u8; 32] = [7; 32];

/// A request with these cookies.
fn request(cookies: &str) -> CookieHome {
    let home = CookieHome::new(CookieKeys::new(KEYS));
    home.receive(cookies);
    home
}

/// The `Set-Cookie` lines of the response.
fn response(home: &CookieHome) -> Vec<String> {
    home.set_cookies(ManualClock::START)
}

/// The `Cookie` header of a browser that has got these lines alone.
fn sent_back(lines: &[String]) -> String {
    let pairs = lines.iter().filter_map(|line| line.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

fn owner(token: &str) -> Owner {
    Owner::guest(token).unwrap()
}

fn cart(home: &CookieHome, owner: &Owner) -> CartHandle {
    let carts = Carts::new(SessionCartStore::new(home.clone()));
    carts.cart(owner.clone(), "default").unwrap()
}

fn item(name: &str) -> NewItem {
    let price = Money::parse("1.00", Currency::parse("USD").unwrap()).unwrap();
    NewItem::new(name, "Cup", price)
}

async fn items(cookies: &str, owner: &Owner) -> usize {
    let loaded = cart(&request(cookies), owner).load().await.unwrap();
    loaded.items().unwrap().len()
}

#[tokio::test]
async fn a_cart_travels_by_the_browser() {
    let ann = owner("ann");
    let first = request("theme=dark");
    cart(&first, &ann).add(item("tea")).await.unwrap();
    let cookies = format!("theme=dark; {}", sent_back(&response(&first)));

    let second = request(&cookies);
    cart(&second, &ann).add(item("cup")).await.unwrap();
    assert_eq!(items(&sent_back(&response(&second)), &ann).await, 2);
}

#[tokio::test]
async fn a_request_that_only_looks_sets_no_cookie() {
    let ann = owner("ann");
    let first = request("");
    cart(&first, &ann).add(item("tea")).await.unwrap();
    let second = request(&sent_back(&response(&first)));
    cart(&second, &ann).load().await.unwrap();
    assert_eq!(response(&second), Vec::<String>::new());
}

#[tokio::test]
async fn a_cookie_says_how_browsers_must_treat_it() {
    let clock = Arc::new(ManualClock::new());
    let home = request("");
    let store = SessionCartStore::new(home.clone()).with_clock(Arc::clone(&clock) as _);
    let expiry = ExpiryPolicy::after(Duration::from_secs(3_600), RenewOn::Write);
    let carts = Carts::builder(store)
        .clock(Arc::clone(&clock) as _)
        .expiry(expiry)
        .build();
    let cart = carts.cart(owner("ann"), "default").unwrap();
    cart.add(item("tea")).await.unwrap();
    let lines = home.set_cookies(clock.now());
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("__Host-cart-"), "{}", lines[0]);
    let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3601";
    assert!(lines[0].ends_with(attributes), "{}", lines[0]);
}

#[tokio::test]
async fn what_a_browser_would_not_take_is_refused_and_changes_nothing() {
    let ann = owner("ann");
    let home = request("");
    let cart = cart(&home, &ann);
    let mut fit = 0;
    let error = loop {
        match cart.add(item(&format!("sku-{fit}"))).await {
            Ok(_) => fit += 1,
            Err(error) => break error,
        }
        let lines = response(&home);
        assert!(lines.iter().all(|line| line.len() <= CookieHome::LIMIT));
    };
    assert!(fit >= 20, "only {fit} lines fit");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let text = error.to_string();
    assert!(text.contains("may have 4096"), "{text}");
    assert_eq!(items(&sent_back(&response(&home)), &ann).await, fit);
}

#[tokio::test]
async fn nobody_reads_a_cookie() {
    let home = request("");
    cart(&home, &owner("ann"))
        .add(item("secret-tea"))
        .await
        .unwrap();
    let line = response(&home).concat();
    for text in ["ann", "secret", "tea", "items", "Cup"] {
        assert!(!line.contains(text), "{text} shows");
    }
}

#[tokio::test]
async fn a_cookie_opens_for_no_other_owner() {
    let (ann, bob) = (owner("ann"), owner("bob"));
    let home = request("");
    cart(&home, &ann).add(item("tea")).await.unwrap();
    let cookies = sent_back(&response(&home));
    assert_eq!(items(&cookies, &bob).await, 0);

    // Under the name of the other one's cookie, it is no cookie of ours.
    let names = [&ann, &bob].map(CookieHome::name_of);
    let forged = cookies.replace(&names[0], &names[1]);
    let refused = cart(&request(&forged), &bob).load().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
    let refused = cart(&request(&forged), &bob)
        .add(item("cup"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn a_cookie_that_can_not_be_opened_may_be_discarded() {
    let ann = owner("ann");
    let home = request(&format!("{}=forged", CookieHome::name_of(&ann)));
    assert!(cart(&home, &ann).load().await.is_err());
    home.discard(&ann);
    let lines = response(&home);
    assert!(lines[0].ends_with("Max-Age=0"), "{}", lines[0]);
    cart(&home, &ann).add(item("tea")).await.unwrap();
    assert_eq!(items(&sent_back(&response(&home)), &ann).await, 1);
}

#[tokio::test]
async fn of_ten_requests_at_once_the_last_response_alone_is_kept() {
    const REQUESTS: usize = 10;
    let ann = owner("ann");
    let first = request("");
    cart(&first, &ann).add(item("tea")).await.unwrap();
    let cookies = sent_back(&response(&first));
    let mut kept = cookies.clone();
    // All of them were sent before the first response came.
    for number in 0..REQUESTS {
        let home = request(&cookies);
        let added = cart(&home, &ann).add(item(&format!("sku-{number}"))).await;
        added.unwrap();
        kept = sent_back(&response(&home));
    }
    let lost = 1 + REQUESTS - items(&kept, &ann).await;
    assert_eq!(lost, REQUESTS - 1);
}
