//! Servers that refuse.

use cart_core::{CartStore, Durability, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_store_db::{MysqlCartStore, MysqlConfig};
use cart_testkit::servers::{MariaDb, Options, Server, ServerError, SqlServer};

use super::support::{
    assert_error, config, create, key, load, open, parsed, record, refusal, server, server_on_tcp,
};

#[tokio::test]
async fn a_wrong_password_is_denied_and_not_repeated() {
    let server = server_on_tcp().await;
    let address = server.address().expect("an address");
    let url = format!("mysql://cart:hunter2@{address}/cart");
    let error = refusal(parsed(&url)).await;
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let url = format!("mysql://cart@{address}/cart");
    let error = refusal(parsed(&url)).await;
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    let server = server().await;
    let error = refusal(parsed(&server.url_of("cart_nowhere"))).await;
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
async fn a_host_that_has_no_name_is_unavailable() {
    let config = MysqlConfig::new("db.invalid", "cart", "shop").with_password("secret");
    let error = refusal(config).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
}

#[tokio::test]
async fn a_missing_right_is_denied() {
    let server = server().await;
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    let grants = "REVOKE ALL ON `cart%`.* FROM cart@localhost; \
         GRANT SELECT ON cart.* TO cart@localhost; FLUSH PRIVILEGES";
    server.sql(grants).await.expect("other rights");
    let store = open(config(&server)).await;
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no right");
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_server_that_only_reads_is_read_only() {
    let server = server().await;
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    let only_reads = "SET GLOBAL read_only = ON";
    server.sql(only_reads).await.expect("a setting");
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no writing");
    assert_error(&error, ErrorKind::ReadOnly, RetryClass::Permanent);
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
async fn a_full_disk_is_full_and_works_again_with_room() {
    const MEBIBYTE: u64 = 1024 * 1024;
    let options = Options::new().disk(48 * MEBIBYTE);
    let server = match MariaDb::start(options).await {
        // Only root can give a server a disk of its own.
        Err(ServerError::Lacking(_)) => return,
        started => started.expect("a server"),
    };
    let store = open(config(&server)).await;
    server.fill_disk().expect("a full disk");
    let mut error = None;
    for number in 0..20_000 {
        let mut large = record();
        large.parts.metadata = format!("\"{}\"", "m".repeat(4 * 1024)).into();
        let key = key(&format!("user {number}"));
        let request = SaveRequest::new(key, large, Expect::Absent);
        if let Err(failed) = store.save(&request).await {
            error = Some(failed);
            break;
        }
    }
    let error = error.expect("no room for eighty megabytes");
    assert_error(&error, ErrorKind::Full, RetryClass::Permanent);
    server.free_disk().expect("room");
    create(&store, &key("ann")).await;
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
