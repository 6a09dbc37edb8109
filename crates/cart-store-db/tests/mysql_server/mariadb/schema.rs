//! The schema: applied once by however many, and never over somebody else's table.

use cart_core::{CartStore, ErrorKind, RetryClass};
use cart_store_db::{MysqlCartStore, MysqlSchema, TableName};
use cart_testkit::servers::SqlServer;

use super::support::{assert_error, config, create, key, load, open, refusal, server};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_that_start_at_once_apply_it_once() {
    let server = server().await;
    let openers: Vec<_> = (0..10)
        .map(|_| tokio::spawn(MysqlCartStore::open(config(&server))))
        .collect();
    for opener in openers {
        opener.await.expect("no panic").expect("a store");
    }
    let applied = server.sql("SELECT version, name FROM carts_schema ORDER BY version");
    let steps: Vec<String> = MysqlSchema::migrations()
        .iter()
        .map(|step| format!("{}\t{}", step.version, step.name))
        .collect();
    assert_eq!(applied.await.expect("the steps"), steps.join("\n"));
}

#[tokio::test]
async fn it_goes_forth_and_back_and_forth() {
    let server = server().await;
    let schema = MysqlSchema::new(config(&server));
    let latest = MysqlSchema::migrations().len();
    let latest = u32::try_from(latest).expect("few steps");
    let status = schema.status().await.expect("a status");
    assert_eq!((status.version, status.latest), (0, latest));
    for _ in 0..2 {
        let status = schema.apply().await.expect("a schema");
        assert!(status.is_current(), "{status:?}");
    }
    for version in (0..latest).rev() {
        let status = schema.revert().await.expect("a step back");
        assert_eq!(status.version, version);
    }
    schema.apply().await.expect("a schema");
    create(&open(config(&server)).await, &key("ann")).await;
}

#[tokio::test]
async fn the_plain_sql_does_what_applying_does() {
    let server = server().await;
    let table: TableName = "shop_carts".parse().expect("a name");
    let config = config(&server).with_table(table);
    let sql = MysqlSchema::new(config.clone()).sql();
    server.sql(&sql).await.expect("a schema");
    let store = open(config.with_create_schema(false)).await;
    create(&store, &key("ann")).await;
}

#[tokio::test]
async fn a_store_that_may_create_nothing_names_the_command_which_does() {
    let server = server().await;
    let error = refusal(config(&server).with_create_schema(false)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    assert!(error.to_string().contains("cart schema apply"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_asks_for_a_newer_application() {
    let server = server().await;
    open(config(&server)).await;
    let newer = "INSERT INTO carts_schema (version, name) VALUES (99, 'later')";
    server.sql(newer).await.expect("a step");
    let error = refusal(config(&server)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    assert!(error.to_string().contains("update the application"));
    let schema = MysqlSchema::new(config(&server));
    for error in [schema.apply().await, schema.revert().await] {
        let error = error.expect_err("a newer schema");
        assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    }
}

#[tokio::test]
async fn another_programs_table_is_left_alone() {
    let server = server().await;
    let theirs = "CREATE TABLE carts (wheels bigint)";
    server.sql(theirs).await.expect("a table");
    let error = refusal(config(&server)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    let columns = "SELECT group_concat(column_name) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name = 'carts'";
    assert_eq!(server.sql(columns).await.expect("columns"), "wheels");
}

#[tokio::test]
async fn stores_in_two_tables_of_one_database_never_meet() {
    let server = server().await;
    let other: TableName = "Other_Carts".parse().expect("a name");
    let one = open(config(&server)).await;
    let two = open(config(&server).with_table(other)).await;
    create(&one, &key("ann")).await;
    create(&two, &key("ann")).await;
    create(&two, &key("bob")).await;
    let stored = load(&one, &key("bob")).await.expect("an answer");
    assert_eq!(stored, cart_core::Stored::Missing);
    assert_eq!(one.sweep(10).await.expect("a sweep"), 0);
}

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
