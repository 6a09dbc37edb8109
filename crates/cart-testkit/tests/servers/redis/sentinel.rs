//! Redis with sentinels.

use cart_testkit::servers::{Options, RedisSentinel, Server};

use super::client::Client;
use super::value;

#[tokio::test]
async fn killed_primary_is_replaced_and_joins_its_successor() {
    let watched = RedisSentinel::start(Options::new()).await.unwrap();
    let primary = watched.primary().await.unwrap();
    assert_eq!(primary.socket(), watched.servers()[0].socket());
    primary.command(&["SET", "cart", "1"]).await.unwrap();
    primary.kill().unwrap();
    let successor = watched.successor_of(primary).await.unwrap();
    assert_ne!(primary.socket(), successor.socket());
    successor.command(&["SET", "cart", "2"]).await.unwrap();
    watched.rejoin(primary).await.unwrap();
    assert_eq!(value(primary, "cart").await, "2");
    let refused = primary.command(&["SET", "cart", "3"]).await.unwrap_err();
    assert!(refused.to_string().contains("READONLY"), "{refused}");
}

#[tokio::test]
async fn application_asks_the_sentinels_where_to_go() {
    let watched = RedisSentinel::start(Options::new()).await.unwrap();
    let sentinel = &watched.sentinels()[0];
    let port = sentinel.address().unwrap().port().to_string();
    assert!(watched.url().contains(&port), "{}", watched.url());
    let client = Client::connect(&sentinel.tcp_url().unwrap()).await.unwrap();
    let answer = client
        .run(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "cart"])
        .await
        .unwrap();
    let port = watched.primary().await.unwrap().address().unwrap().port();
    let address: Vec<String> = answer.convert().unwrap();
    assert_eq!(address, ["127.0.0.1".to_owned(), port.to_string()]);
    let harm = client.run(&["SENTINEL", "FAILOVER", "cart"]).await;
    let harm = harm.unwrap_err().to_string();
    assert!(harm.contains("NOPERM"), "{harm}");
}

#[tokio::test]
async fn encrypted_servers_are_watched_and_replaced_by_encrypted_sentinels() {
    let watched = RedisSentinel::start(Options::new().tls()).await.unwrap();
    assert!(
        watched.url().starts_with("rediss-sentinel://"),
        "{}",
        watched.url()
    );
    let authority = watched.servers()[0].authority().unwrap();
    for server in watched.servers().iter().chain(watched.sentinels()) {
        let client = Client::trusting(&server.tcp_url().unwrap(), authority).await;
        let answer = client.unwrap().run(&["PING"]).await.unwrap();
        assert_eq!(answer.as_str().as_deref(), Some("PONG"));
    }
    let primary = watched.primary().await.unwrap();
    primary.kill().unwrap();
    let successor = watched.successor_of(primary).await.unwrap();
    assert_ne!(primary.socket(), successor.socket());
}
