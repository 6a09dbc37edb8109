//! Connections that end or hang.

use std::fs;
use std::time::{Duration, Instant};

use cart_core::{CartStore, ErrorKind, RetryClass};
use cart_testkit::proxy::{Fault, FaultProxy, RespWire};
use cart_testkit::servers::{Options, Redis, Server as _};
use tokio::task::JoinSet;

use super::support::{
    SOON, assert_error, config, create, creation, insist, key, load, open, parsed, server, update,
};

/// How long a call takes at most, and what a busy machine adds.
const IN_TIME: Duration = Duration::from_secs(4);

#[tokio::test]
async fn connections_that_the_server_has_ended_are_replaced() {
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    let end_all = ["CLIENT", "KILL", "TYPE", "normal"];
    server.command(&end_all).await.expect("an end");
    load(&store, &key("ann")).await.expect("the cart");
    // The news of the end may come while the write is on its way.
    let errors = insist(&store, &update(&key("ann"), &record)).await;
    assert!(errors.len() <= 1, "{errors:?}");
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again_within_two_seconds() {
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    server.kill().expect("a death");
    let error = load(&store, &key("ann")).await.expect_err("no server");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    let update = update(&key("ann"), &record);
    let error = store.save(&update).await.expect_err("no server");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    server.restart().await.expect("a server");
    let back = Instant::now();
    insist(&store, &update).await;
    assert!(
        back.elapsed() < Duration::from_secs(2),
        "{:?}",
        back.elapsed()
    );
    load(&store, &key("ann")).await.expect("the cart");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time_and_used_again_later() {
    let server = server().await;
    let store = open(config(&server).with_timeout(SOON)).await;
    let record = create(&store, &key("ann")).await;
    let update = update(&key("ann"), &record);

    server.stop().expect("a halt");
    let start = Instant::now();
    let error = store.save(&update).await.expect_err("no answer");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
    let error = load(&store, &key("ann")).await.expect_err("no answer");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());

    server.resume().expect("a start");
    insist(&store, &update).await;
    load(&store, &key("ann")).await.expect("the cart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_callers_of_a_server_that_hangs_are_answered_in_time() {
    let server = server().await;
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    server.stop().expect("a halt");
    let mut memory = Vec::new();
    for _ in 0..3 {
        let mut calls = JoinSet::new();
        for caller in 0..10_000 {
            let store = store.clone();
            calls.spawn(async move {
                let start = Instant::now();
                let saved = store.save(&creation(&key(&caller.to_string()))).await;
                (saved, start.elapsed())
            });
        }
        while let Some(call) = calls.join_next().await {
            let (saved, took) = call.expect("no panic");
            let error = saved.expect_err("no answer");
            let is_expected = matches!(error.kind(), ErrorKind::Busy | ErrorKind::Unavailable);
            assert!(is_expected, "{error:?}");
            assert!(took < IN_TIME, "{took:?}");
        }
        memory.push(resident_pages());
    }
    // What the first rounds took is used again, but for what the allocator scatters: less than 32 MiB
    // more of pages of 4 KiB.
    let grown = memory[2].saturating_sub(memory[1]);
    assert!(grown < 8 * 1024, "{memory:?}");
    server.resume().expect("a start");
    insist(&store, &creation(&key("zoe"))).await;
}

fn resident_pages() -> u64 {
    let told = fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let resident = told.split(' ').nth(1).expect("a second number");
    resident.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_lost_replies_none_becomes_a_conflict() {
    let server = Redis::start(Options::new().tcp()).await.expect("a server");
    let proxy = FaultProxy::to(server.address().expect("an address")).speaking::<RespWire>();
    let proxy = proxy.start().await.expect("a proxy");
    let store = open(parsed(&format!("redis://cart:cart@{}", proxy.address()))).await;
    let mut record = create(&store, &key("ann")).await;
    for _ in 0..1000 {
        let request = update(&key("ann"), &record);
        let lost = proxy.inject(Fault::cut_after_request().on("EVALSHA"));
        let error = store.save(&request).await.expect_err("no reply");
        assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
        assert_eq!(lost.end(), 1);
        store.save(&request).await.expect("the same again");
        record = request.record;
    }
    let stored = load(&store, &key("ann")).await.expect("the cart");
    assert_eq!(stored.into_live(), Some(record));
}
