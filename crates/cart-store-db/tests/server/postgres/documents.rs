//! The SQL in the documentation.

use std::fs;

use cart_core::{CartStore, Carts, Currency, Money, NewItem, Owner};
use cart_testkit::servers::SqlServer;

use super::support::{config, load, open, server};

/// The blocks of SQL in the page about PostgreSQL.
fn documented() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/postgresql.md");
    let page = fs::read_to_string(page).expect("the page");
    page.split("```sql\n")
        .skip(1)
        .filter_map(|block| Some(block.split_once("```")?.0.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_documented_sql_finds_the_carts_and_grants_what_is_needed() {
    let server = server().await;
    let store = open(config(&server)).await;
    let carts = Carts::new(store.clone());
    let price = Money::parse("4.50", Currency::parse("USD").expect("a currency"));
    let tea = NewItem::new("tea", "Green tea", price.expect("an amount"));
    for quantity in [2, 3] {
        let owner = Owner::guest(quantity.to_string()).expect("an owner");
        let cart = carts.cart(owner, "default").expect("a cart");
        let tea = tea.clone().quantity(quantity);
        cart.add(tea).await.expect("an edit");
    }
    let blocks = documented();
    let [queries, grants] = &blocks[..] else {
        panic!("another page: {blocks:?}");
    };
    let mut queries = queries.split_inclusive(';');
    let by_product = queries.next().expect("a query");
    assert_eq!(server.sql(by_product).await.expect("rows"), "tea\t5");
    server
        .sql("UPDATE carts SET updated_at = 0 WHERE identifier = '2'")
        .await
        .expect("time");
    let abandoned = queries.next().expect("a query");
    let rows = server.sql(abandoned).await.expect("rows");
    assert_eq!(rows, "2\tdefault\t900\tUSD");

    let shop = "CREATE ROLE shop LOGIN";
    server.sql(shop).await.expect("a role");
    server.sql(grants).await.expect("grants");
    let url = cart_testkit::servers::Server::url(&server).replace("cart:cart@", "shop@");
    let config: cart_store_db::PostgresConfig = url.parse().expect("a URL");
    let store = open(config.with_create_schema(false)).await;
    let carts = Carts::new(store.clone());
    let owner = Owner::guest("2").expect("an owner");
    let cart = carts.cart(owner, "default").expect("a cart");
    cart.add(tea).await.expect("an edit");
    load(&store, cart.key()).await.expect("the cart");
    assert_eq!(store.sweep(10).await.expect("a sweep"), 0);
}
