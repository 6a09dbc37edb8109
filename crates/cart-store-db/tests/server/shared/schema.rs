//! The schema: applied once by however many, and never over somebody else's table.

use cart_core::{CartStore, ErrorKind, RetryClass};
use cart_store_db::TableName;
use cart_testkit::servers::SqlServer;

use super::site::{AS_THE_APPLICATION, Schema, Store, THEIR_COLUMNS, THEIR_TABLE};
use super::support::{assert_error, config, create, key, load, open, refusal, server, update};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_that_start_at_once_apply_it_once() {
    let server = server().await;
    let openers: Vec<_> = (0..10)
        .map(|_| tokio::spawn(Store::open(config(&server))))
        .collect();
    for opener in openers {
        opener.await.expect("no panic").expect("a store");
    }
    let applied = server.sql("SELECT version, name FROM carts_schema ORDER BY version");
    let steps: Vec<String> = Schema::migrations()
        .iter()
        .map(|step| format!("{}\t{}", step.version, step.name))
        .collect();
    assert_eq!(applied.await.expect("the steps"), steps.join("\n"));
}

#[tokio::test]
async fn it_goes_forth_and_back_and_forth() {
    let server = server().await;
    let schema = Schema::new(config(&server));
    let latest = Schema::migrations().len();
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
    let sql = Schema::new(config.clone()).sql();
    let as_the_application = format!("{AS_THE_APPLICATION}{sql}");
    server.sql(&as_the_application).await.expect("a schema");
    let store = open(config.with_create_schema(false)).await;
    create(&store, &key("ann")).await;
}

#[tokio::test]
async fn the_longest_table_name_makes_names_that_the_server_keeps_whole() {
    let server = server().await;
    let name = "c".repeat(46);
    let config = config(&server).with_table(name.parse().expect("a name"));
    let store = open(config.clone()).await;
    let history = store.database().history();
    history.switch(true).await.expect("an audit");
    let key = key("ann");
    let first = create(&store, &key).await;
    store.save(&update(&key, &first)).await.expect("a save");
    assert!(history.is_on().await.expect("an answer"));
    let kept = format!("SELECT count(*) FROM {name}_history");
    assert_eq!(server.sql(&kept).await.expect("a number"), "1");
    let error = format!("{name}c").parse::<TableName>();
    let error = error.expect_err("a name too long").to_string();
    assert!(error.contains("at most 46"), "{error}");
    history.switch(false).await.expect("no audit");
    let schema = Schema::new(config);
    while schema.status().await.expect("a status").version > 0 {
        schema.revert().await.expect("a step back");
    }
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
    let schema = Schema::new(config(&server));
    for error in [schema.apply().await, schema.revert().await] {
        let error = error.expect_err("a newer schema");
        assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    }
}

#[tokio::test]
async fn another_programs_table_is_left_alone() {
    let server = server().await;
    server.sql(THEIR_TABLE).await.expect("a table");
    let error = refusal(config(&server)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    assert_eq!(server.sql(THEIR_COLUMNS).await.expect("columns"), "wheels");
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
