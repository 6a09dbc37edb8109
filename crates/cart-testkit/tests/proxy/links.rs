//! States of the way to the server.

use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use cart_testkit::ManualClock;
use cart_testkit::proxy::{Direction, FaultProxy, Link};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixStream};

use crate::lines::{Client, LineServer, Lines, pair};

#[tokio::test]
async fn black_hole_holds_everything_back_until_it_ends() {
    let (server, proxy) = pair().await;
    let hole = proxy.degrade(Link::BlackHole);
    let mut client = Client::of(&proxy).await;
    client.send("one\n").await;
    hole.reached(1).await;
    assert_eq!(server.applied().len(), 0);
    assert_eq!(hole.end(), 1);
    assert_eq!(client.line().await.unwrap(), "ok one\n");
}

#[tokio::test]
async fn half_open_connection_works_in_the_other_direction() {
    let (server, proxy) = pair().await;
    let mut client = Client::of(&proxy).await;

    let deaf = proxy.degrade(Link::HalfOpen(Direction::ToClient));
    client.send("one\n").await;
    deaf.reached(1).await;
    assert_eq!(server.applied(), ["one"]);
    assert!(client.hears_nothing());
    deaf.end();
    assert_eq!(client.line().await.unwrap(), "ok one\n");

    let mute = proxy.degrade(Link::HalfOpen(Direction::ToServer));
    client.send("two\n").await;
    mute.reached(1).await;
    assert_eq!(server.applied(), ["one"]);
    mute.end();
    assert_eq!(client.line().await.unwrap(), "ok two\n");
}

#[tokio::test]
async fn new_clients_are_refused_and_those_that_are_connected_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy");
    let server = LineServer::start().await;
    let proxy = FaultProxy::to(server.address)
        .at_socket(&path)
        .start()
        .await
        .unwrap();
    let mut client = Client::of(&proxy).await;
    client.ask("one\n").await.unwrap();
    let refusing = proxy.degrade(Link::Refusing);
    let error = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(UnixStream::connect(&path).await.is_err());
    assert_eq!(client.ask("two\n").await.unwrap(), "ok two\n");
    assert_eq!(refusing.end(), 1);
    let mut other = Client::of(&proxy).await;
    assert_eq!(other.ask("three\n").await.unwrap(), "ok three\n");
    let mut local = UnixStream::connect(&path).await.unwrap();
    local.write_all(b"four\n").await.unwrap();
    assert_eq!(server.has_applied(4).await[3], "four");
}

#[tokio::test]
async fn clients_are_refused_until_the_last_reason_for_it_is_gone() {
    let (_server, proxy) = pair().await;
    let first = proxy.degrade(Link::Refusing);
    let second = proxy.degrade(Link::Refusing);
    drop(first);
    assert!(TcpStream::connect(proxy.address()).await.is_err());
    drop(second);
    Client::of(&proxy).await.ask("one\n").await.unwrap();
}

#[tokio::test]
async fn slow_link_lets_its_bytes_through_as_time_passes() {
    let clock = Arc::new(ManualClock::new());
    let server = LineServer::start().await;
    let proxy = FaultProxy::to(server.address)
        .speaking::<Lines>()
        .with_clock(Arc::<ManualClock>::clone(&clock))
        .start()
        .await
        .unwrap();
    let mut client = Client::of(&proxy).await;
    let slow = proxy.degrade(Link::Slow {
        bytes_per_second: NonZeroU32::new(10).unwrap(),
    });
    client.send("one\n").await;
    // Four bytes go and seven come back, each taking a tenth of a second.
    for byte in 1..=11 {
        slow.reached(byte).await;
        assert!(byte > 4 || server.applied().is_empty());
        clock.advance(Duration::from_millis(100));
    }
    assert_eq!(client.line().await.unwrap(), "ok one\n");
    assert_eq!(slow.end(), 11);
}
