//! Servers that refuse.

use cart_core::{CartStore, Durability, ErrorKind, RetryClass};
use cart_testkit::servers::{Options, Redis, Server as _};

use super::support::{
    assert_error, config, create, creation, key, load, open, parsed, refusal, server, update,
};

async fn told(server: &Redis, words: &[&str]) {
    server.command(words).await.expect("an answer");
}

#[tokio::test]
async fn a_wrong_password_is_denied_and_not_repeated() {
    let server = server().await;
    for config in [
        config(&server).with_password("hunter2"),
        config(&server).with_user("somebody"),
    ] {
        let error = refusal(config).await;
        assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    let server = server().await;
    let error = refusal(config(&server).with_database(99)).await;
    assert_error(&error, ErrorKind::Unprepared, RetryClass::Permanent);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let server = Redis::start(Options::new().tcp()).await.expect("a server");
    let urls = [server.url(), server.tcp_url().expect("a URL")];
    server.kill().expect("a death");
    for url in urls {
        let error = refusal(parsed(&url)).await;
        assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    }
}

#[tokio::test]
async fn a_missing_right_is_denied() {
    let server = server().await;
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    told(&server, &["ACL", "SETUSER", "cart", "-evalsha", "-eval"]).await;
    load(&store, &key("ann")).await.expect("the cart");
    let error = store.save(&creation(&key("bob"))).await;
    let error = error.expect_err("no right");
    assert_error(&error, ErrorKind::Denied, RetryClass::Permanent);
}

#[tokio::test]
async fn a_replica_is_read_only() {
    let primary = Redis::start(Options::new().replicated())
        .await
        .expect("a primary");
    create(&open(config(&primary)).await, &key("ann")).await;
    let replica = primary.replica().await.expect("a replica");
    replica.catch_up(&primary).await.expect("a copy");
    let store = open(parsed(&replica.url())).await;
    load(&store, &key("ann")).await.expect("the cart");
    let error = store.save(&creation(&key("bob"))).await;
    let error = error.expect_err("no writing");
    assert_error(&error, ErrorKind::ReadOnly, RetryClass::NotApplied);
}

#[tokio::test]
async fn a_full_memory_is_full_and_can_be_read() {
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    told(&server, &["CONFIG", "SET", "maxmemory", "1mb"]).await;
    let error = store.save(&update(&key("ann"), &record)).await;
    let error = error.expect_err("no room");
    assert_error(&error, ErrorKind::Full, RetryClass::Permanent);
    load(&store, &key("ann")).await.expect("the cart");
    told(&server, &["CONFIG", "SET", "maxmemory", "0"]).await;
    let update = update(&key("ann"), &record);
    store.save(&update).await.expect("an update");
}

#[tokio::test]
async fn forgotten_scripts_and_forgotten_carts_disturb_no_write() {
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    told(&server, &["SCRIPT", "FLUSH"]).await;
    let update = update(&key("ann"), &record);
    store.save(&update).await.expect("an update");
    told(&server, &["FLUSHALL"]).await;
    create(&store, &key("ann")).await;
}

#[tokio::test]
async fn what_the_server_is_set_to_is_what_the_store_declares() {
    let server = server().await;
    let declared = |sync: &'static str, policy: &'static str, memory: &'static str| {
        let server = &server;
        async move {
            for (name, value) in [
                ("appendfsync", sync),
                ("maxmemory-policy", policy),
                ("maxmemory", memory),
            ] {
                told(server, &["CONFIG", "SET", name, value]).await;
            }
            let powers = open(config(server)).await.info().capabilities;
            (powers.durability, powers.evictable)
        }
    };
    let found = declared("no", "noeviction", "1gb").await;
    assert_eq!(found, (Durability::ProcessCrash, false));
    let found = declared("always", "volatile-lru", "0").await;
    assert_eq!(found, (Durability::PowerLoss, false));
    let found = declared("everysec", "volatile-lru", "1gb").await;
    assert_eq!(found, (Durability::Memory, true));
    let health = open(config(&server)).await.ping().await.expect("an answer");
    assert_eq!(health.durability, Durability::Memory);
    assert!(health.description.contains("appendfsync=everysec"));
}
