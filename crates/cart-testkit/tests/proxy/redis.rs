//! Before Redis.

use std::time::Duration;

use cart_testkit::proxy::{Fault, FaultProxy, RespWire};
use cart_testkit::servers::{Options, Redis, Server};
use fred::prelude::{Builder, Client, ClientLike, Config, Error, LuaInterface};

const INCREMENT: &str = "return redis.call('INCR', KEYS[1])";

async fn pair() -> (Redis, FaultProxy) {
    let server = Redis::start(Options::new()).await.unwrap();
    let load = ["SCRIPT", "LOAD", INCREMENT];
    server.command(&load).await.unwrap();
    let proxy = FaultProxy::to(server.socket().to_owned())
        .speaking::<RespWire>()
        .start()
        .await
        .unwrap();
    (server, proxy)
}

/// A client that sends a command once and no more.
async fn client(proxy: &FaultProxy) -> Client {
    let url = format!("redis://cart:cart@{}", proxy.address());
    let client = Builder::from_config(Config::from_url(&url).unwrap())
        .with_connection_config(|connection| connection.max_command_attempts = 1)
        .with_performance_config(|performance| {
            performance.default_command_timeout = Duration::from_secs(10);
        })
        .build()
        .unwrap();
    client.init().await.unwrap();
    proxy.reset_counts();
    client
}

fn hash() -> String {
    fred::util::sha1_hash(INCREMENT)
}

async fn increment(client: &Client) -> Result<u32, Error> {
    client.evalsha(hash(), "cart", ()).await
}

async fn count(server: &Redis) -> u32 {
    let count = server.command(&["GET", "cart"]).await.unwrap();
    count.parse().unwrap_or_default()
}

#[tokio::test]
async fn each_command_is_a_round_trip_and_logging_in_is_none() {
    let (_server, proxy) = pair().await;
    let client = client(&proxy).await;
    assert_eq!(increment(&client).await.unwrap(), 1);
    assert_eq!(proxy.round_trips(), 1);
    let (first, second) = tokio::join!(increment(&client), increment(&client));
    assert_eq!((first.unwrap(), second.unwrap()), (2, 3));
    assert_eq!(proxy.round_trips(), 3);
    let missing: Result<u32, Error> = client.evalsha("0".repeat(40), "cart", ()).await;
    assert!(missing.unwrap_err().details().starts_with("NOSCRIPT"));
    assert_eq!(proxy.round_trips(), 4);
}

#[tokio::test]
async fn script_whose_reply_is_lost_is_applied_once() {
    let (server, proxy) = pair().await;
    let watch = client(&proxy).await;
    let lost = proxy.inject(Fault::cut_after_request().on(hash()));
    for round in 1..=25 {
        let client = client(&proxy).await;
        increment(&client).await.unwrap_err();
        let seen = watch.ping::<String>(None).await;
        assert!(seen.is_ok(), "another command is spared");
        assert_eq!(count(&server).await, round);
    }
    assert_eq!(lost.end(), 25);
}

#[tokio::test]
async fn script_that_is_cut_off_is_not_applied() {
    let (server, proxy) = pair().await;
    let cut = proxy.inject(Fault::cut_before_request().on(hash()));
    let client = client(&proxy).await;
    increment(&client).await.unwrap_err();
    assert_eq!(count(&server).await, 0);
    assert_eq!(cut.end(), 1);
}

#[tokio::test]
async fn of_pipelined_scripts_all_replies_from_the_lost_one_on_are_missing() {
    let (server, proxy) = pair().await;
    let client = client(&proxy).await;
    let lost = proxy.inject(Fault::cut_inside_reply(2).on(hash()).after(2));
    let (first, second, third, fourth) = tokio::join!(
        increment(&client),
        increment(&client),
        increment(&client),
        increment(&client),
    );
    assert_eq!((first.unwrap(), second.unwrap()), (1, 2));
    assert!(third.is_err() && fourth.is_err());
    assert!(count(&server).await >= 3);
    assert_eq!(lost.end(), 1);
}
