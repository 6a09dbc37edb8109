//! Stores that a configuration names.

use std::sync::Arc;

use cart_core::{Carts, Configuration, Currency, ErrorKind, Money, NewItem, Owner, StoreRegistry};
use cart_store_cache::CacheFactory;
use cart_testkit::servers::{Redis, Server};

use super::support::server;

/// The carts that `cache.store` chooses of two servers and the memory.
async fn carts(servers: [&Redis; 2], store: &str, prefix: &str) -> Carts {
    let [first, second] = servers.map(Server::url);
    let document = format!(
        r#"{{
            "storage": "cache",
            "stores": {{"default": "{first}", "second": "{second}"}},
            "cache": {{"store": "{store}", "prefix": "{prefix}", "ttl": 3600}}
        }}"#
    );
    let mut document = serde_json::Deserializer::from_str(&document);
    let configuration = Configuration::load(&mut document).expect("a configuration");
    let mut registry = StoreRegistry::new();
    for scheme in CacheFactory::SCHEMES {
        registry = registry.with(scheme, Arc::new(CacheFactory::new()));
    }
    let configured = registry.configure(&configuration).await;
    configured.expect("carts").build()
}

fn ann() -> Owner {
    Owner::user("ann").expect("an owner")
}

async fn add(carts: &Carts, item: &str) {
    let dollars = Currency::parse("USD").expect("a currency");
    let price = Money::parse("1.00", dollars).expect("a price");
    let cart = carts.cart(ann(), "default").expect("a cart");
    cart.add(NewItem::new(item, "Cup", price))
        .await
        .expect("an item");
}

async fn items(carts: &Carts) -> Vec<String> {
    let cart = carts.cart(ann(), "default").expect("a cart");
    let cart = cart.load().await.expect("the cart");
    let items = cart.items().expect("items");
    items.iter().map(|item| item.id().to_owned()).collect()
}

#[tokio::test]
async fn named_stores_prefixes_and_the_memory_stand_side_by_side() {
    let [first, second] = [server().await, server().await];
    let servers = [&first, &second];
    let places = [
        ("default", "cart"),
        ("default", "cart-b2b"),
        ("second", "cart"),
        ("array", "cart"),
    ];
    let mut all = Vec::new();
    for (store, prefix) in places {
        all.push(carts(servers, store, prefix).await);
    }
    for (number, carts) in all.iter().enumerate() {
        add(carts, &number.to_string()).await;
    }
    for (number, carts) in all.iter().enumerate() {
        assert_eq!(
            items(carts).await,
            [number.to_string()],
            "{:?}",
            places[number]
        );
    }
    // Under each prefix a cart and its index, which expire.
    let sizes = [("4", &first), ("2", &second)];
    for (size, server) in sizes {
        let count = server.command(&["DBSIZE"]).await.expect("a number");
        assert_eq!(count, size);
    }
    let remaining = second.command(&["TTL", "cart:{/user/ann}:default"]).await;
    let remaining: i64 = remaining.expect("a number").parse().expect("a number");
    assert!((3600..=3660).contains(&remaining), "{remaining}");
    // Who opens the same again finds what is on a server; memory is each opener's own.
    assert_eq!(items(&carts(servers, "second", "cart").await).await, ["2"]);
    assert!(
        items(&carts(servers, "array", "cart").await)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_store_that_has_no_url_is_named() {
    let document = r#"{"storage": "cache", "cache": {"store": "third"}}"#;
    let mut document = serde_json::Deserializer::from_str(document);
    let error = Configuration::load(&mut document).expect_err("no such store");
    assert_eq!(error.key(), "stores.third");
    let registry = StoreRegistry::new().with("redis", Arc::new(CacheFactory::new()));
    let error = registry.open("redis://localhost?colour=red").await;
    assert_eq!(error.expect_err("no option").kind(), ErrorKind::Invalid);
}
