//! A small shop: server-rendered, without a line of script, on whatever store a URL names.

mod catalogue;
mod checkout;
mod handlers;
mod key;
mod pages;
mod said;
mod sign_in;
mod stores;

use std::env;
use std::error::Error;
use std::path::Path;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, serve};
use cart_axum::{CartLayer, GuestCookie, Key};
use cart_core::Carts;

/// What each page tells the browser: to run nothing, to load nothing from elsewhere, and to ask again
/// when the shopper comes back to it.
const CAUTION: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |otherwise: &str| arguments.next().unwrap_or_else(|| otherwise.into());
    let url = next("sqlite://storefront.db");
    let address = next("127.0.0.1:3000");
    let key = key::open(Path::new(&next("storefront.key")))?;
    let carts = stores::open(&url).await?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    #[expect(clippy::print_stdout, reason = "it says where the shop is")]
    {
        println!("http://localhost:{}", listener.local_addr()?.port());
    }
    Ok(serve(listener, shop(carts, key)).await?)
}

/// The shop with these carts. Its cookies are signed with `key`.
pub(crate) fn shop(carts: Carts, key: Key) -> Router {
    Router::new()
        .route("/", get(handlers::home))
        .route("/add", post(handlers::add))
        .route("/cart", get(handlers::cart))
        .route("/cart/change", post(handlers::change))
        .route("/cart/coupon", post(handlers::coupon))
        .route("/cart/coupon/remove", post(handlers::no_coupon))
        .route("/cart/later", post(handlers::put_aside))
        .route("/wishlist", get(handlers::wishlist))
        .route("/wishlist/add", post(handlers::wish))
        .route("/take", post(handlers::take))
        .route(
            "/checkout",
            post(checkout::check_out).get(checkout::payment),
        )
        .route("/checkout/pay", post(checkout::pay))
        .route("/checkout/abort", post(checkout::abort))
        .route("/login", get(sign_in::form).post(sign_in::login))
        .route("/logout", post(sign_in::logout))
        .layer(middleware::from_fn_with_state(key.clone(), said::carry))
        .layer(middleware::from_fn_with_state(
            key.clone(),
            sign_in::authenticate,
        ))
        .layer(CartLayer::new(carts, GuestCookie::new(key.clone())))
        .layer(middleware::from_fn(cautious))
        .route("/style.css", get(style))
        .with_state(key)
}

async fn cautious(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in CAUTION {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "max-age=60"),
    ];
    (headers, include_str!("style.css"))
}
