//! Forms, as a browser sends them.

use axum::Router;
use axum::body::{Body, to_bytes};
use cart_axum::Key;
use cart_core::{Carts, MemoryCartStore, Owner};
use http::{Request, StatusCode, header};
use tower::ServiceExt;

use crate::storefront;

/// A browser, with its cookies.
#[derive(Clone)]
struct Browser {
    shop: Router,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new(shop: &Router) -> Self {
        Self {
            shop: shop.clone(),
            cookies: Vec::new(),
        }
    }

    /// What a page says.
    async fn read(&mut self, path: &str) -> String {
        let (status, text) = self.ask("GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    /// Sends a form, and follows to the page that comes then.
    async fn send(&mut self, path: &str, form: &str) -> String {
        let (status, next) = self.ask("POST", path, form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {next}");
        self.read(&next).await
    }

    /// The status, and the text or where to go.
    async fn ask(&mut self, method: &str, path: &str, form: &str) -> (StatusCode, String) {
        let pairs = self.cookies.iter();
        let cookies: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .expect("a request");
        let response = self.shop.clone().oneshot(request).await.expect("an answer");
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().expect("text"));
        }
        let status = response.status();
        if let Some(next) = response.headers().get(header::LOCATION) {
            return (status, next.to_str().expect("text").to_owned());
        }
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a pair");
        self.cookies.retain(|(known, _)| known != name);
        if !attributes.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn shop() -> (Carts, Router) {
    let carts = Carts::new(MemoryCartStore::new());
    let shop = storefront::shop(carts.clone(), Key::from(&[7; 64]));
    (carts, shop)
}

fn quantity(page: &str, product: &str) -> Option<u32> {
    let label = format!("aria-label=\"Quantity of {product}\"");
    let (before, _) = page.split_once(&label)?;
    let (_, value) = before.rsplit_once("value=\"")?;
    value.split_once('"')?.0.parse().ok()
}

#[tokio::test]
async fn a_double_click_adds_once_and_a_second_click_adds_again() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    browser.send("/add", "sku=soda&once=1").await;
    browser.send("/add", "sku=soda&once=1").await;
    assert_eq!(quantity(&browser.read("/cart").await, "soda"), Some(1));
    browser.send("/add", "sku=soda&once=2").await;
    let page = browser.read("/cart").await;
    assert_eq!(quantity(&page, "soda"), Some(2));
    assert_eq!(
        quantity(
            &browser.send("/cart/change", "sku=soda&quantity=0").await,
            "soda"
        ),
        None
    );
}

#[tokio::test]
async fn another_currency_is_refused_with_words() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    browser.send("/add", "sku=soda&once=1").await;
    let page = browser.send("/add", "sku=imported-olive-oil&once=2").await;
    assert!(
        page.contains("this cart is in USD, but EUR was given"),
        "{page}"
    );
}

#[tokio::test]
async fn what_is_added_while_somebody_pays_is_still_there_afterwards() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    browser.send("/add", "sku=soda&once=1").await;
    browser.send("/cart/coupon", "code=summer").await;
    let page = browser.send("/checkout", "claim=pay-1").await;
    // 4.99 less ten percent.
    assert!(page.contains("4.49"), "{page}");
    browser.send("/add", "sku=yogurt&once=2").await;
    let page = browser.send("/checkout/pay", "claim=pay-1").await;
    assert!(page.contains("Thank you!"), "{page}");
    assert_eq!(
        (quantity(&page, "soda"), quantity(&page, "yogurt")),
        (None, Some(1))
    );
    // The button was clicked twice.
    let page = browser.send("/checkout/pay", "claim=pay-1").await;
    assert_eq!(quantity(&page, "yogurt"), Some(1));
}

#[tokio::test]
async fn a_guest_who_signs_in_finds_both_carts_and_the_wishlist_in_one_place() {
    let (carts, shop) = shop();
    let mut phone = Browser::new(&shop);
    let page = phone.send("/login", "name=ann&password=tea").await;
    assert!(page.contains("Sign out ann"), "{page}");
    phone.send("/add", "sku=soda&once=1").await;

    let mut laptop = Browser::new(&shop);
    laptop.send("/add", "sku=soda&once=1").await;
    laptop.send("/wishlist/add", "sku=yogurt").await;
    let page = laptop.send("/login", "name=ann&password=wrong").await;
    assert!(page.contains("don't fit"), "{page}");
    let ann = Owner::user("ann").expect("a user");
    assert_eq!(
        carts.instances(&ann).await.expect("instances").len(),
        1,
        "no trace"
    );
    let page = laptop.send("/login", "name=ann&password=tea").await;
    assert_eq!(quantity(&page, "soda"), Some(2));
    assert!(phone.read("/wishlist").await.contains("yogurt"));
    assert_eq!(quantity(&phone.read("/cart").await, "soda"), Some(2));

    let page = laptop
        .send("/take", "from=wishlist&sku=yogurt&once=3")
        .await;
    assert!(!page.contains("Move to cart"), "{page}");
    assert_eq!(quantity(&laptop.read("/cart").await, "yogurt"), Some(1));
    let page = laptop.send("/logout", "").await;
    assert!(page.contains("Sign in"), "{page}");
    assert_eq!(quantity(&laptop.read("/cart").await, "soda"), None);
}

#[tokio::test]
async fn what_is_saved_for_later_is_moved_there_and_back_with_all_of_it() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    browser.send("/add", "sku=soda&once=1&quantity=3").await;
    let page = browser.send("/cart/later", "sku=soda&once=2").await;
    assert_eq!(quantity(&page, "soda"), None);
    assert!(page.contains("Saved for later"), "{page}");
    let page = browser.send("/take", "from=later&sku=soda&once=3").await;
    assert_eq!(quantity(&page, "soda"), Some(3));
    let page = browser.send("/take", "from=later&sku=soda&once=3").await;
    assert_eq!(quantity(&page, "soda"), Some(3));
}

#[tokio::test]
async fn a_coupon_counts_once_and_can_be_taken_back() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    browser.send("/add", "sku=soda&once=1").await;
    let page = browser.send("/cart/coupon", "code=winter").await;
    assert!(page.contains("We don't know this coupon"), "{page}");
    browser.send("/cart/coupon", "code=SUMMER").await;
    let page = browser.send("/cart/coupon", "code=summer").await;
    assert!(page.contains("$4.49"), "{page}");
    let page = browser.send("/cart/coupon/remove", "").await;
    assert!(!page.contains("$4.49"), "{page}");
}

#[tokio::test]
async fn what_the_shop_says_is_said_once_and_nobody_else_can_say_it() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    let page = browser.send("/add", "sku=soda&once=1").await;
    assert!(page.contains("soda is in your cart."), "{page}");
    assert!(!browser.read("/").await.contains("soda is in your cart."));
    let forged = ("__Host-said".to_owned(), "You have won".to_owned());
    browser.cookies.push(forged);
    assert!(!browser.read("/").await.contains("You have won"));
}

#[tokio::test]
async fn an_account_is_not_entered_by_a_cookie_that_was_changed() {
    let (_, shop) = shop();
    let mut ann = Browser::new(&shop);
    ann.send("/login", "name=ann&password=tea").await;
    ann.send("/add", "sku=soda&once=1").await;
    let genuine = ann.cookies.iter().find(|(name, _)| name == "__Host-user");
    let genuine = genuine.expect("a cookie").1.clone();
    for forged in [genuine.replace("ann", "bob"), "ann".into(), "bob".into()] {
        let mut browser = Browser::new(&shop);
        let cookie = ("__Host-user".to_owned(), forged.clone());
        browser.cookies.push(cookie);
        let page = browser.read("/cart").await;
        assert!(page.contains("Sign in"), "{forged}");
        assert_eq!(quantity(&page, "soda"), None, "{forged}");
    }
}

#[tokio::test]
async fn nothing_that_a_visitor_sends_is_shown_as_markup() {
    let (_, shop) = shop();
    let mut browser = Browser::new(&shop);
    let page = browser
        .read("/?find=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert!(!page.contains("<script"), "{page}");
    let page = browser
        .send("/login", "name=%3Cscript%3E&password=tea")
        .await;
    assert!(!page.contains("<script"), "{page}");
}
