//! Servers that refuse.

use cart_core::{CartStore, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_store_db::PostgresConfig;
use cart_testkit::servers::{Server, SqlServer};

use super::support::{
    assert_error, config, create, key, load, open, parsed, record, refusal, server, server_on_tcp,
};

#[tokio::test]
async fn a_wrong_password_is_denied_and_not_repeated() {
    let server = server_on_tcp().await;
    let address = server.address().expect("an address");
    let url = format!("postgres://cart:hunter2@{address}/cart");
    let error = refusal(parsed(&url)).await;
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let url = format!("postgres://cart@{address}/cart");
    let error = refusal(parsed(&url)).await;
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    let server = server().await;
    let error = refusal(parsed(&server.url_of("nowhere"))).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let server = server_on_tcp().await;
    let urls = [server.url(), server.tcp_url().expect("a URL")];
    server.kill().expect("a death");
    for url in urls {
        let error = refusal(parsed(&url)).await;
        assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    }
}

#[tokio::test]
async fn a_table_that_is_gone_is_unprepared() {
    let server = server().await;
    let store = open(config(&server)).await;
    server.sql("DROP TABLE carts").await.expect("a drop");
    let error = load(&store, &key("ann")).await.expect_err("no table");
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    let request = SaveRequest::new(key("ann"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no table");
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    let error = store.ping().await.expect_err("no table");
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    let error = refusal(config(&server)).await;
    assert!(error.to_string().contains("restore a backup"), "{error}");
}

#[tokio::test]
async fn a_missing_right_is_denied() {
    let server = server().await;
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    let hand_over = "ALTER TABLE carts OWNER TO postgres; GRANT SELECT ON carts TO cart";
    server.sql(hand_over).await.expect("other rights");
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no right");
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_server_that_only_reads_is_read_only() {
    let server = server().await;
    create(&open(config(&server)).await, &key("ann")).await;
    let only_reads = "ALTER ROLE cart SET default_transaction_read_only = on";
    server.sql(only_reads).await.expect("a setting");
    let store = open(config(&server)).await;
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no writing");
    assert_error(&error, ErrorKind::ReadOnly, RetryClass::Permanent);
}

#[tokio::test]
async fn too_many_connections_are_busy() {
    let server = server().await;
    let store = open(config(&server)).await;
    server
        .sql("ALTER ROLE cart CONNECTION LIMIT 1")
        .await
        .expect("a limit");
    // The pool has the one connection that is allowed, and loads want one of their own.
    let error = load(&store, &key("ann")).await.expect_err("one too many");
    assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
}

#[tokio::test]
async fn a_database_that_wants_another_isolation_is_told_what_the_store_needs() {
    let server = server().await;
    let strict = "ALTER ROLE cart SET default_transaction_isolation = 'serializable'";
    server.sql(strict).await.expect("a setting");
    let store = open(config(&server)).await;
    let key = key("ann");
    let saves = (0..8).map(|_| {
        let (store, key) = (store.clone(), key.clone());
        tokio::spawn(async move {
            let request = SaveRequest::new(key, record(), Expect::Absent);
            store.save(&request).await
        })
    });
    let mut created = 0;
    for save in saves.collect::<Vec<_>>() {
        match save.await.expect("no panic") {
            Ok(()) => created += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn the_durability_is_read_from_the_server() {
    let server = server().await;
    let store = open(config(&server)).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, cart_core::Durability::ProcessCrash, "fsync is off");
    let health = store.ping().await.expect("health");
    assert!(health.description.starts_with("PostgreSQL "), "{health:?}");
    server
        .sql("ALTER ROLE cart SET synchronous_commit = off")
        .await
        .expect("a setting");
    let store = open(config(&server)).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, cart_core::Durability::Memory);
}

#[tokio::test]
async fn a_host_that_has_no_name_is_unavailable() {
    let config = PostgresConfig::new("db.invalid", "cart", "shop").with_password("secret");
    let error = refusal(config).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
}
