//! A small shop, and browsers to visit it with.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use cart_axum::{
    CartLayer, CartView, CurrentCart, GuestCookie, IdempotencyHeader, IfMatch, Key, Problem,
    SignedIn, Visitor,
};
use cart_core::{
    Carts, Currency, ItemUpdate, MemoryCartStore, Money, NewItem, Owner, QuantityChange,
};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// Tea, at a price that is easy to count with.
pub(crate) fn tea(sku: &str, currency: &str) -> Result<NewItem, Problem> {
    let currency = Currency::parse(currency)?;
    Ok(NewItem::new(sku, "Green tea", Money::new(100, currency)))
}

async fn show(cart: CurrentCart) -> Result<CartView, Problem> {
    Ok(CartView::new(&cart.load().await?)?)
}

async fn show_instance(
    visitor: Visitor,
    Path(instance): Path<String>,
) -> Result<CartView, Problem> {
    Ok(CartView::new(&visitor.cart(&instance)?.load().await?)?)
}

async fn add(
    cart: CurrentCart,
    if_match: IfMatch,
    once: IdempotencyHeader,
    Path((currency, sku)): Path<(String, String)>,
) -> Result<CartView, Problem> {
    let item = tea(&sku, &currency)?;
    let once = once.of(&sku)?;
    let edited = cart.edit_if(&if_match, once.as_ref(), |cart| cart.add(item.clone()));
    Ok(CartView::new(&edited.await?.snapshot)?)
}

async fn wish(visitor: Visitor, Path(sku): Path<String>) -> Result<CartView, Problem> {
    let edited = visitor.cart("wishlist")?.add(tea(&sku, "USD")?).await?;
    Ok(CartView::new(&edited.snapshot)?)
}

async fn set_quantity(
    cart: CurrentCart,
    if_match: IfMatch,
    Path((sku, quantity)): Path<(String, u64)>,
) -> Result<CartView, Problem> {
    let if_match = IfMatch(Some(if_match.required()?));
    let edited = cart.edit_if(&if_match, None, |cart| {
        cart.update(
            &sku,
            ItemUpdate::new().quantity(QuantityChange::To(quantity)),
        )
    });
    Ok(CartView::new(&edited.await?.snapshot)?)
}

async fn login(visitor: Visitor, Path(name): Path<String>) -> Result<String, Problem> {
    let user = Owner::user(name).map_err(cart_core::Error::from)?;
    let login = visitor.login(&user).await;
    assert!(login.failure.is_none(), "the store answers");
    // The visitor is the guest still; the user's carts are here.
    let cart = visitor.users().cart(user, "default");
    let cart = cart.map_err(cart_core::Error::from)?;
    cart.load().await?;
    let transfers = login.transfers;
    Ok(format!(
        "{} merged, {} failed",
        transfers.done.len(),
        transfers.failed.len()
    ))
}

async fn logout(visitor: Visitor) {
    visitor.logout();
}

/// Stands for the application's own authentication.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let user = request.headers().get("x-user");
    let user = user.and_then(|user| user.to_str().ok()).map(str::to_owned);
    if let Some(user) = user {
        let user = Owner::user(user).expect("a user");
        request.extensions_mut().insert(SignedIn(user));
    }
    next.run(request).await
}

/// A shop with these carts, whose cookies bear the signature of `key`.
pub(crate) fn shop(carts: Carts, key: &Key) -> Router {
    let layer = CartLayer::new(carts, GuestCookie::new(key.clone()));
    shop_with(layer)
}

pub(crate) fn shop_with(layer: CartLayer) -> Router {
    routes().layer(layer)
}

/// The shop without its layer.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/cart", get(show))
        .route("/carts/{instance}", get(show_instance))
        .route("/cart/{currency}/{sku}", post(add))
        .route("/wishlist/{sku}", post(wish))
        .route("/quantity/{sku}/{quantity}", put(set_quantity))
        .route("/login/{name}", post(login))
        .route("/logout", post(logout))
        .layer(middleware::from_fn(authenticate))
}

pub(crate) fn memory() -> Carts {
    Carts::new(MemoryCartStore::new())
}

/// A browser: it keeps the cookies that it is given.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    shop: Router,
    /// The one that says who it is.
    pub(crate) cookie: Option<String>,
    /// The others, by name.
    pub(crate) others: BTreeMap<String, String>,
    pub(crate) user: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().expect("text"))
    }

    /// How many of an item the cart in the answer holds.
    #[track_caller]
    pub(crate) fn quantity(&self, sku: &str) -> u64 {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        let json = self.json();
        let items = json["items"].as_array().expect("items").iter();
        let mut found = items.filter(|item| item["id"] == sku);
        found
            .next()
            .map_or(0, |item| item["quantity"].as_u64().expect("a quantity"))
    }
}

impl Browser {
    pub(crate) fn new(shop: &Router) -> Self {
        Self {
            shop: shop.clone(),
            cookie: None,
            others: BTreeMap::new(),
            user: None,
        }
    }

    /// That of a guest with tea in the cart, at a price in this currency, and a pot on the wishlist.
    pub(crate) async fn of_guest(shop: &Router, currency: &str) -> Self {
        let mut browser = Self::new(shop);
        browser.post(&format!("/cart/{currency}/tea")).await;
        browser.post("/wishlist/pot").await;
        browser
    }

    /// The same browser, on another way to the shop.
    pub(crate) fn through(mut self, shop: &Router) -> Self {
        self.shop = shop.clone();
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str) -> Answer {
        self.ask("POST", path, &[]).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let others = self.others.iter();
        let others = others.map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = self.cookie.iter().cloned().chain(others).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(user) = self.user {
            request = request.header("x-user", user);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = self.shop.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().expect("text"));
        }
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).expect("text"),
        }
    }
}

impl Browser {
    fn keep(&mut self, set_cookie: &str) {
        let (pair, _) = set_cookie.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a value");
        let is_over = set_cookie.contains("Max-Age=0");
        if !name.starts_with("__Host-cart-") {
            self.cookie = (!is_over).then(|| pair.to_owned());
        } else if is_over {
            self.others.remove(name);
        } else {
            self.others.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The key of every shop but of those that need another one.
pub(crate) fn key() -> Key {
    Key::from(&[7; 64])
}
