//! Servers that refuse.

use cart_core::{CartStore, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_testkit::servers::{Server as _, SqlServer};

use super::site::{Config, IS_READ_ONLY, READS_ALONE, SCHEME};
use super::support::{
    assert_error, config, create, key, load, open, parsed, record, refusal, server, server_on_tcp,
};

#[tokio::test]
async fn a_wrong_password_is_denied_and_not_repeated() {
    let server = server_on_tcp().await;
    let address = server.address().expect("an address");
    let url = format!("{SCHEME}://cart:hunter2@{address}/cart");
    let error = refusal(parsed(&url)).await;
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let url = format!("{SCHEME}://cart@{address}/cart");
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
async fn a_missing_right_is_denied() {
    let server = server().await;
    create(&open(config(&server)).await, &key("ann")).await;
    server.sql(READS_ALONE).await.expect("other rights");
    let store = open(config(&server)).await;
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no right");
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_server_that_only_reads_is_read_only() {
    let server = server().await;
    create(&open(config(&server)).await, &key("ann")).await;
    server.sql(IS_READ_ONLY).await.expect("a setting");
    let store = open(config(&server)).await;
    load(&store, &key("ann")).await.expect("the cart");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no writing");
    assert_error(&error, ErrorKind::ReadOnly, RetryClass::Permanent);
}

#[tokio::test]
async fn a_host_that_has_no_name_is_unavailable() {
    let config = Config::new("db.invalid", "cart", "shop").with_password("secret");
    let error = refusal(config).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
}
