//! Faults of single exchanges.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use cart_testkit::ManualClock;
use cart_testkit::proxy::{Fault, FaultProxy};

use crate::lines::{Client, LineServer, Lines, pair};

#[tokio::test]
async fn request_that_is_cut_off_never_reaches_the_server() {
    let (server, proxy) = pair().await;
    let cut = proxy.inject(Fault::cut_before_request().times(1));
    let mut client = Client::of(&proxy).await;
    assert_eq!(client.ask("one\n").await.unwrap(), "");
    let mut other = Client::of(&proxy).await;
    assert_eq!(other.ask("two\n").await.unwrap(), "ok two\n");
    assert_eq!(server.applied(), ["two"]);
    assert_eq!(cut.end(), 1);
}

#[tokio::test]
async fn request_whose_reply_is_lost_is_applied() {
    let (server, proxy) = pair().await;
    for round in 1..=100 {
        let lost = proxy.inject(Fault::cut_after_request());
        let mut client = Client::of(&proxy).await;
        assert_eq!(client.ask("add\n").await.unwrap(), "");
        assert_eq!(server.applied().len(), round);
        assert_eq!(lost.end(), 1);
    }
}

#[tokio::test]
async fn reply_is_cut_after_so_many_bytes() {
    for (bytes, seen) in [(1, "o"), (6, "ok one"), (7, "ok one\n"), (99, "ok one\n")] {
        let (_server, proxy) = pair().await;
        let cut = proxy.inject(Fault::cut_inside_reply(bytes));
        let mut client = Client::of(&proxy).await;
        client.send("one\n").await;
        assert_eq!(client.rest().await.unwrap(), seen);
        assert_eq!(cut.end(), 1);
    }
}

#[tokio::test]
async fn client_whose_reply_is_dropped_hears_nothing_and_stays_connected() {
    let (server, proxy) = pair().await;
    let mut client = Client::of(&proxy).await;
    let dropped = proxy.inject(Fault::drop_reply().times(1));
    client.send("one\n").await;
    dropped.reached(1).await;
    client.send("two\n").await;
    server.has_applied(2).await;
    assert!(client.hears_nothing());
    assert_eq!(dropped.end(), 1);
    let mut other = Client::of(&proxy).await;
    assert_eq!(other.ask("three\n").await.unwrap(), "ok three\n");
    assert!(client.hears_nothing());
}

#[tokio::test]
async fn reset_is_another_error_than_the_end_of_the_connection() {
    let (server, proxy) = pair().await;
    let reset = proxy.inject(Fault::reset());
    let mut client = Client::of(&proxy).await;
    let error = client.ask("one\n").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.applied(), ["one"]);
    assert_eq!(reset.end(), 1);
}

#[tokio::test]
async fn delayed_request_arrives_when_its_time_has_come_though_the_client_has_gone() {
    let clock = Arc::new(ManualClock::new());
    let server = LineServer::start().await;
    let proxy = FaultProxy::to(server.address)
        .speaking::<Lines>()
        .with_clock(Arc::<ManualClock>::clone(&clock))
        .start()
        .await
        .unwrap();
    let late = proxy.inject(Fault::delay(Duration::from_millis(200)).times(1));
    let mut client = Client::of(&proxy).await;
    client.send("late\n").await;
    late.reached(1).await;
    drop(client);
    let mut other = Client::of(&proxy).await;
    other.ask("prompt\n").await.unwrap();
    clock.advance(Duration::from_millis(199));
    other.ask("prompt\n").await.unwrap();
    assert_eq!(server.applied(), ["prompt", "prompt"]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(server.has_applied(3).await[2], "late");
    assert_eq!(late.end(), 1);
}

#[tokio::test]
async fn of_pipelined_requests_the_named_one_fails() {
    let (server, proxy) = pair().await;
    let lost = proxy.inject(Fault::cut_after_request().after(2).times(1));
    let mut client = Client::of(&proxy).await;
    client.send("one\ntwo\nthree\n").await;
    assert_eq!(client.rest().await.unwrap(), "ok one\nok two\n");
    assert_eq!(server.applied(), ["one", "two", "three"]);
    assert_eq!(lost.end(), 1);
}

#[tokio::test]
async fn fault_that_another_one_forestalls_comes_to_a_later_exchange() {
    let (_server, proxy) = pair().await;
    let lost = proxy.inject(Fault::cut_after_request().times(2));
    let mut client = Client::of(&proxy).await;
    client.send("one\ntwo\nthree\n").await;
    assert_eq!(client.rest().await.unwrap(), "");
    assert_eq!(lost.fired(), 1);
    let mut other = Client::of(&proxy).await;
    // The first connection has ended when the second is served, and has given back what it held.
    while lost.fired() < 2 {
        other = Client::of(&proxy).await;
        other.ask("four\n").await.unwrap();
    }
    drop(other);
    assert_eq!(lost.end(), 2);
}

#[tokio::test]
async fn only_requests_that_hold_the_text_fail() {
    let (_server, proxy) = pair().await;
    let lost = proxy.inject(Fault::cut_after_request().on("save"));
    let mut client = Client::of(&proxy).await;
    assert_eq!(client.ask("load 1\n").await.unwrap(), "ok load 1\n");
    assert_eq!(client.ask("save 1\n").await.unwrap(), "");
    assert_eq!(lost.end(), 1);
}

#[tokio::test]
async fn chance_repeats_itself_with_the_same_seed() {
    let mut lost = Vec::new();
    for _ in 0..2 {
        let (_server, proxy) = pair().await;
        let fault = proxy.inject(Fault::cut_after_request().one_in(10, 7));
        let mut failed = Vec::new();
        let mut client = Client::of(&proxy).await;
        for number in 0..500 {
            if client.ask("add\n").await.unwrap().is_empty() {
                failed.push(number);
                client = Client::of(&proxy).await;
            }
        }
        assert_eq!(usize::try_from(fault.end()).unwrap(), failed.len());
        lost.push(failed);
    }
    assert!((30..70).contains(&lost[0].len()), "{lost:?}");
    assert_eq!(lost[0], lost[1]);
}

#[tokio::test]
#[should_panic(expected = "it never happened, so the test shows nothing")]
async fn fault_that_never_came_fails_the_test() {
    let (_server, proxy) = pair().await;
    let fault = proxy.inject(Fault::cut_after_request().on("never said"));
    let mut client = Client::of(&proxy).await;
    client.ask("one\n").await.unwrap();
    drop(fault);
}
