//! What MariaDB can be set to.

use cart_core::{CartStore, Durability, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_store_db::MysqlCartStore;
use cart_testkit::servers::{MariaDb, Options, SqlServer};

use super::site::IS_READ_ONLY;
use super::support::{assert_error, config, key, load, open, record, refusal, server};

#[tokio::test]
async fn a_server_that_only_reads_says_so_when_it_is_asked() {
    let server = server().await;
    let store = open(config(&server)).await;
    server.sql(IS_READ_ONLY).await.expect("a setting");
    let health = store.ping().await.expect("health");
    assert!(health.description.contains("read-only"), "{health:?}");
}

#[tokio::test]
async fn too_many_connections_are_busy() {
    let server = server().await;
    let limit = "ALTER USER cart@localhost WITH MAX_USER_CONNECTIONS 1";
    server.sql(limit).await.expect("a limit");
    let store = open(config(&server)).await;
    let _held = store.lock(&key("ann")).await.expect("the one connection");
    let error = load(&store, &key("ann")).await.expect_err("one too many");
    assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
}

#[tokio::test]
async fn the_durability_is_read_from_the_server() {
    let server = server().await;
    let store = open(config(&server)).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, Durability::ProcessCrash, "nothing is synced");
    let health = store.ping().await.expect("health");
    assert!(health.description.starts_with("MariaDB "), "{health:?}");
    let lazy = "SET GLOBAL innodb_flush_log_at_trx_commit = 0";
    server.sql(lazy).await.expect("a setting");
    let health = store.ping().await.expect("health");
    assert_eq!(health.durability, Durability::Memory);

    let durable = MariaDb::start(Options::new().durable()).await;
    let store = open(config(&durable.expect("a server"))).await;
    let told = store.info().capabilities.durability;
    assert_eq!(told, Durability::PowerLoss);
}

#[tokio::test]
async fn a_packet_limits_what_a_cart_may_weigh() {
    let small = Options::new().setting("max_allowed_packet", "1M");
    let server = MariaDb::start(small).await.expect("a server");
    let store = open(config(&server)).await;
    let limit = store.info().capabilities.record_limit.expect("a limit");
    assert_eq!(limit, (1 << 20) - (64 << 10));
    let mut record = record();
    let rest = limit - record.size() + record.parts.metadata.as_str().len();
    record.parts.metadata = format!("\"{}\"", "m".repeat(rest - 2)).into();
    assert_eq!(record.size(), limit);
    let request = SaveRequest::new(key("ann"), record, Expect::Absent);
    store.save(&request).await.expect("a cart at the limit");
    let tiny = Options::new().setting("max_allowed_packet", "64K");
    let server = MariaDb::start(tiny).await.expect("a server");
    let error = refusal(config(&server)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
}

#[tokio::test]
async fn a_binary_log_of_statements_is_named() {
    let options = Options::new()
        .setting("log-bin", "binlog")
        .setting("binlog-format", "STATEMENT");
    let server = MariaDb::start(options).await.expect("a server");
    let error = match MysqlCartStore::open(config(&server)).await {
        Err(error) => error,
        Ok(store) => {
            let request = SaveRequest::new(key("ann"), record(), Expect::Absent);
            store.save(&request).await.expect_err("no rows in the log")
        }
    };
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
    assert!(error.to_string().contains("binlog_format"), "{error}");
}
