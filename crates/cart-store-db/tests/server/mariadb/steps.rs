//! Steps of the schema, which MariaDB can't take back when they fail.

use cart_store_db::MysqlSchema;
use cart_testkit::servers::SqlServer;

use super::support::{config, create, key, open, server};

#[tokio::test]
async fn a_step_that_broke_off_is_completed_by_the_next_one_who_applies_it() {
    let server = server().await;
    let schema = MysqlSchema::new(config(&server));
    let steps = schema.sql();
    let statements: Vec<&str> = steps.split_inclusive(';').collect();
    for done in 0..statements.len() {
        let drop = "DROP TABLE IF EXISTS carts_history, carts_locks, carts, carts_schema";
        server.sql(drop).await.expect("nothing");
        // As far as the server came, on a connection of its own.
        let begun = statements[..done].concat();
        if !begun.trim().is_empty() {
            server.sql(&begun).await.expect("a part of the steps");
        }
        let status = schema.apply().await.expect("the rest");
        assert!(status.is_current(), "{done}: {status:?}");
        create(&open(config(&server)).await, &key("ann")).await;
    }
}
