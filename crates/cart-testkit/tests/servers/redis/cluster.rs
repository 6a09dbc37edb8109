//! Clusters of Redis.

use cart_testkit::servers::{Options, Redis, RedisCluster, Server};

use super::client::Client;
use super::value;

async fn start() -> RedisCluster {
    let options = Options::new().setting("cluster-node-timeout", "500");
    RedisCluster::start(options).await.unwrap()
}

async fn slot(cluster: &RedisCluster, key: &str) -> u16 {
    let slot = ["CLUSTER", "KEYSLOT", key];
    let slot = cluster.nodes()[0].command(&slot).await.unwrap();
    slot.parse().unwrap()
}

fn is_same(one: &Redis, other: &Redis) -> bool {
    one.socket() == other.socket()
}

async fn refusal(node: &Redis, command: &[&str]) -> String {
    node.command(command).await.unwrap_err().to_string()
}

#[tokio::test]
async fn cluster_that_has_started_shows_all_replicas_and_takes_writes() {
    let cluster = start().await;
    for node in cluster.nodes() {
        let slots = node.command(&["CLUSTER", "SLOTS"]).await.unwrap();
        for other in cluster.nodes() {
            let port = other.address().unwrap().port().to_string();
            assert!(slots.contains(&port), "{port} isn't shown in\n{slots}");
        }
    }
    for slot in [0, 8_000, 16_383] {
        let primary = cluster.primary_of(slot).await.unwrap();
        let replica = cluster.replica_of(slot).await.unwrap();
        assert!(!is_same(primary, replica));
    }
    let primary = cluster
        .primary_of(slot(&cluster, "cart").await)
        .await
        .unwrap();
    let client = Client::connect(&primary.tcp_url().unwrap()).await.unwrap();
    client.run(&["SET", "cart", "1"]).await.unwrap();
    assert_eq!(value(primary, "cart").await, "1");
    let [first, .., last] = cluster.nodes() else {
        panic!("a cluster has several nodes");
    };
    for node in [first, last] {
        let port = node.address().unwrap().port().to_string();
        assert!(cluster.url().contains(&port));
    }
}

#[tokio::test]
async fn killed_primary_is_replaced_and_comes_back_as_a_replica() {
    let cluster = start().await;
    let slot = slot(&cluster, "cart").await;
    let primary = cluster.primary_of(slot).await.unwrap();
    primary.command(&["SET", "cart", "1"]).await.unwrap();
    let replicated = primary.command(&["WAIT", "1", "10000"]);
    replicated.await.unwrap();
    primary.kill().unwrap();
    let successor = cluster.successor_of(primary, slot).await.unwrap();
    assert!(!is_same(primary, successor));
    successor.command(&["INCR", "cart"]).await.unwrap();
    primary.restart().await.unwrap();
    cluster.wait_until_whole().await.unwrap();
    let replica = cluster.replica_of(slot).await.unwrap();
    assert!(is_same(primary, replica));
    let role = primary.command(&["ROLE"]).await.unwrap();
    assert!(role.starts_with("slave"), "{role}");
}

#[tokio::test]
async fn stopped_primary_is_replaced_while_it_is_silent() {
    let cluster = start().await;
    let primary = cluster.primary_of(0).await.unwrap();
    primary.stop().unwrap();
    let successor = cluster.successor_of(primary, 0).await.unwrap();
    assert!(!is_same(primary, successor));
    primary.resume().unwrap();
    cluster.wait_until_whole().await.unwrap();
    assert!(is_same(cluster.primary_of(0).await.unwrap(), successor));
}

#[tokio::test]
async fn planned_failover_loses_nothing() {
    let cluster = start().await;
    let slot = slot(&cluster, "cart").await;
    let primary = cluster.primary_of(slot).await.unwrap();
    primary.command(&["SET", "cart", "1"]).await.unwrap();
    let successor = cluster.fail_over(slot).await.unwrap();
    assert!(!is_same(primary, successor));
    assert_eq!(value(successor, "cart").await, "1");
    let redirected = refusal(primary, &["GET", "cart"]).await;
    assert!(redirected.contains("MOVED"), "{redirected}");
}

#[tokio::test]
async fn moving_slot_asks_clients_to_follow_and_moved_one_tells_them_to() {
    let cluster = start().await;
    let slot = slot(&cluster, "{cart}").await;
    let from = cluster.primary_of(slot).await.unwrap();
    let another = if slot < 8_000 { 16_383 } else { 0 };
    let to = cluster.primary_of(another).await.unwrap();
    from.command(&["SET", "{cart}:old", "1"]).await.unwrap();
    cluster.begin_move(slot, to).await.unwrap();
    assert_eq!(value(from, "{cart}:old").await, "1");
    let asked = refusal(from, &["GET", "{cart}:new"]).await;
    assert!(asked.contains("ASK "), "{asked}");
    cluster.finish_move(slot, to).await.unwrap();
    assert_eq!(value(to, "{cart}:old").await, "1");
    let moved = refusal(from, &["GET", "{cart}:old"]).await;
    assert!(moved.contains("MOVED "), "{moved}");
}

#[tokio::test]
async fn encrypted_nodes_trust_each_other_and_whoever_trusts_one_trusts_all() {
    let options = Options::new().tls().setting("cluster-node-timeout", "500");
    let cluster = RedisCluster::start(options).await.unwrap();
    assert!(
        cluster.url().starts_with("rediss-cluster://"),
        "{}",
        cluster.url()
    );
    let authority = cluster.nodes()[0].authority().unwrap();
    for node in cluster.nodes() {
        let client = Client::trusting(&node.tcp_url().unwrap(), authority).await;
        let answer = client.unwrap().run(&["PING"]).await.unwrap();
        assert_eq!(answer.as_str().as_deref(), Some("PONG"));
    }
    let primary = cluster.primary_of(0).await.unwrap();
    primary.kill().unwrap();
    cluster.successor_of(primary, 0).await.unwrap();
    primary.restart().await.unwrap();
    cluster.wait_until_whole().await.unwrap();
}
