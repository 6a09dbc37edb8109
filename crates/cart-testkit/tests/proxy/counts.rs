//! How round trips are counted.

use cart_testkit::proxy::{Fault, FaultProxy, Turns};

use crate::lines::{Client, LineServer, pair};

#[tokio::test]
async fn each_answered_request_is_one_round_trip_however_it_is_sent() {
    let (_server, proxy) = pair().await;
    let mut client = Client::of(&proxy).await;
    client.ask("one\n").await.unwrap();
    assert_eq!(proxy.round_trips(), 1);
    client.send("two\nthree\n").await;
    client.line().await.unwrap();
    client.line().await.unwrap();
    assert_eq!(proxy.round_trips(), 3);
    client.send("in ").await;
    client.ask("pieces\n").await.unwrap();
    assert_eq!(proxy.round_trips(), 4);
    proxy.reset_counts();
    client.ask("five\n").await.unwrap();
    assert_eq!((proxy.round_trips(), proxy.connections()), (1, 0));
}

#[tokio::test]
async fn reply_that_is_lost_is_a_round_trip_and_request_that_is_cut_off_is_none() {
    let (_server, proxy) = pair().await;
    let lost = proxy.inject(Fault::cut_after_request());
    Client::of(&proxy).await.ask("one\n").await.unwrap();
    lost.end();
    assert_eq!(proxy.round_trips(), 1);
    let cut = proxy.inject(Fault::cut_before_request());
    Client::of(&proxy).await.ask("two\n").await.unwrap();
    cut.end();
    assert_eq!(proxy.round_trips(), 1);
}

#[tokio::test]
async fn where_sides_take_turns_a_turn_is_a_round_trip() {
    let server = LineServer::start().await;
    let proxy = FaultProxy::to(server.address)
        .speaking::<Turns>()
        .start()
        .await
        .unwrap();
    let mut client = Client::of(&proxy).await;
    for _ in 0..10 {
        client.ask("one\n").await.unwrap();
    }
    assert_eq!(proxy.round_trips(), 10);
}
