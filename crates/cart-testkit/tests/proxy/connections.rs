//! Connections that begin and end.

use std::io::ErrorKind;

use crate::lines::{Client, pair};

#[tokio::test]
async fn all_connections_are_closed_at_once() {
    let (_server, proxy) = pair().await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        let mut client = Client::of(&proxy).await;
        client.ask("one\n").await.unwrap();
        clients.push(client);
    }
    proxy.close_connections();
    for client in clients {
        assert_eq!(client.rest().await.unwrap(), "");
    }
    let mut again = Client::of(&proxy).await;
    assert_eq!(again.ask("two\n").await.unwrap(), "ok two\n");
    proxy.reset_connections();
    let error = again.line().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn connections_end_with_their_proxy() {
    let (_server, proxy) = pair().await;
    let mut client = Client::of(&proxy).await;
    client.ask("one\n").await.unwrap();
    drop(proxy);
    assert_eq!(client.rest().await.unwrap(), "");
}

#[tokio::test]
async fn client_sees_that_the_server_has_ended() {
    let (server, proxy) = pair().await;
    let mut client = Client::of(&proxy).await;
    client.ask("one\n").await.unwrap();
    server.stop().await;
    assert_eq!(client.line().await.unwrap(), "");
}

#[tokio::test]
async fn client_of_a_server_that_does_not_run_is_reset() {
    let (server, proxy) = pair().await;
    server.stop().await;
    let mut client = Client::of(&proxy).await;
    let error = client.line().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn many_clients_at_once_are_kept_apart() {
    let (_server, proxy) = pair().await;
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..32 {
        let mut client = Client::of(&proxy).await;
        clients.spawn(async move {
            for round in 0..50 {
                let line = format!("{number} {round}\n");
                assert_eq!(client.ask(&line).await.unwrap(), format!("ok {line}"));
            }
        });
    }
    clients.join_all().await;
    assert_eq!((proxy.connections(), proxy.round_trips()), (32, 1_600));
}
