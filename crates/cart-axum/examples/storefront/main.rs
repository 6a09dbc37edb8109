//! A small shop: server-rendered, without a line of script, on whatever store a URL names.

mod catalogue;
mod handlers;
mod pages;
mod sign_in;
mod stores;

use std::env;
use std::error::Error;

use axum::routing::{get, post};
use axum::{Router, middleware};
use cart_axum::{CartLayer, GuestCookie, Key};
use cart_core::Carts;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite://storefront.db".into());
    let address = env::args()
        .nth(2)
        .unwrap_or_else(|| "127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    #[expect(clippy::print_stdout, reason = "it says where the shop is")]
    {
        println!("http://{}", listener.local_addr()?);
    }
    axum::serve(listener, shop(stores::open(&url).await?, Key::generate())).await?;
    Ok(())
}

/// The shop with these carts. Its cookies are signed with `key`: a shop of several servers, or one
/// that is started again, takes it from its configuration.
pub(crate) fn shop(carts: Carts, key: Key) -> Router {
    Router::new()
        .route("/", get(handlers::home))
        .route("/add", post(handlers::add))
        .route("/cart", get(handlers::cart))
        .route("/cart/change", post(handlers::change))
        .route("/cart/coupon", post(handlers::coupon))
        .route("/wishlist", get(handlers::wishlist))
        .route("/wishlist/add", post(handlers::wish))
        .route("/wishlist/move", post(handlers::move_to_cart))
        .route(
            "/checkout",
            post(handlers::check_out).get(handlers::payment),
        )
        .route("/checkout/pay", post(handlers::pay))
        .route("/checkout/abort", post(handlers::abort))
        .route("/login", get(handlers::login_form).post(handlers::login))
        .route("/logout", post(handlers::logout))
        .layer(middleware::from_fn_with_state(
            key.clone(),
            sign_in::authenticate,
        ))
        .layer(CartLayer::new(carts, GuestCookie::new(key.clone())))
        .with_state(key)
}
