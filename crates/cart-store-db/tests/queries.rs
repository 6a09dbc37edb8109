//! Carts are there for plain SQL: one row each, JSON that SQLite can look into, byte for byte.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::fs;

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

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How SQLite answers each query of the documentation, in words.
fn plans_of_documented_queries(connection: &mut SqliteConnection) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sqlite.md");
    let page = fs::read_to_string(page).expect("the documentation");
    let blocks = page.split("```").skip(1).step_by(2);
    let sql = blocks.filter_map(|block| block.strip_prefix("sql\n"));
    let statements = sql.flat_map(|sql| sql.split_inclusive(';'));
    statements
        .filter(|statement| statement.contains("SELECT"))
        .map(|statement| {
            let plan: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
                .load(connection)
                .expect(statement);
            let steps: Vec<String> = plan.into_iter().map(|step| step.detail).collect();
            steps.join("; ")
        })
        .collect()
}

#[tokio::test]
async fn the_documented_queries_run_and_follow_the_index_that_they_promise() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.db");
    let store = SqliteCartStore::open(SqliteConfig::file(&path)).await?;
    store.close().await;
    let mut connection =
        SqliteConnection::establish(&path.display().to_string()).expect("a connection");
    let plans = plans_of_documented_queries(&mut connection);
    assert_eq!(plans.len(), 2);
    assert!(
        plans[1].contains("carts_updated (class=? AND updated_at<?)"),
        "{}",
        plans[1]
    );
    assert!(!plans[1].contains("TEMP B-TREE"), "{}", plans[1]);
    Ok(())
}
