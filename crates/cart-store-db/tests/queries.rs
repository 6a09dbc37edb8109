//! Carts are there for plain SQL: one row each, JSON that SQLite can look into, byte for byte.

use cart_core::{Carts, Currency, Money, NewItem, Owner, Result};
use cart_store_db::{SqliteCartStore, SqliteConfig};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

#[derive(Debug, PartialEq, QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    item: String,
    #[diesel(sql_type = BigInt)]
    quantity: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

#[tokio::test]
async fn plain_sql_looks_into_the_items_of_carts() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let carts = Carts::new(SqliteCartStore::open(SqliteConfig::file(&path)).await?);
    let usd = Currency::parse("USD")?;
    for (owner, quantity) in [("42", 2), ("43", 3)] {
        let cart = carts.cart(Owner::user(owner)?, "default")?;
        let item = NewItem::new("cup", "Cup", Money::new(500, usd)).quantity(quantity);
        cart.add(item).await?;
    }
    let mut connection =
        SqliteConnection::establish(&path.display().to_string()).expect("a connection");
    let lines: Vec<Line> = sql_query(
        "SELECT identifier AS owner, value ->> 'id' AS item, value ->> 'quantity' AS quantity, total \
         FROM carts, json_each(items) \
         WHERE class = 'user' AND currency = 'USD' AND value ->> 'quantity' > 2",
    )
    .load(&mut connection)
    .expect("an answer");
    let expected = Line {
        owner: "43".to_owned(),
        item: "cup".to_owned(),
        quantity: 3,
        total: 1_500,
    };
    assert_eq!(lines, [expected]);
    Ok(())
}
