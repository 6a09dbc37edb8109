use axum::routing::get;
use cart_axum::{CartLayer, CartView, CurrentCart, GuestCookie, IdempotencyHeader as Once};
use cart_axum::{IfMatch, Key, Problem};
use cart_core::{Carts, Currency, Money, NewItem};
use cart_store_db::{SqliteCartStore, SqliteConfig};

async fn show(cart: CurrentCart) -> Result<CartView, Problem> {
    Ok(CartView::new(&cart.load().await?)?)
}

async fn add(cart: CurrentCart, on: IfMatch, once: Once, sku: String) -> Result<CartView, Problem> {
    let once = once.of(&sku)?;
    let item = NewItem::new(&sku, &sku, Money::parse("4.99", Currency::parse("USD")?)?);
    let added = cart.edit_if(&on, once.as_ref(), |cart| cart.add(item.clone()));
    Ok(CartView::new(&added.await?.snapshot)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: shop ADDRESS")?;
    let carts = Carts::new(SqliteCartStore::open(SqliteConfig::file("shop.db")).await?);
    let shop = axum::Router::new().route("/cart", get(show).post(add));
    let shop = shop.layer(CartLayer::new(carts, GuestCookie::new(Key::generate())));
    Ok(axum::serve(tokio::net::TcpListener::bind(address).await?, shop).await?)
}
