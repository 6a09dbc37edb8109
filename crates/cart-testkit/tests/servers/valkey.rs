//! Valkey, where it is: few systems have it.

use cart_testkit::servers::{
    Options, Redis, RedisCluster, RedisSentinel, Result, Server, ServerError,
};

/// What has started, or nothing where there is no Valkey.
fn started<S>(start: Result<S>) -> Option<S> {
    match start {
        Ok(started) => Some(started),
        Err(error @ ServerError::Missing { .. }) => {
            let text = error.to_string();
            assert!(text.contains("CART_TESTKIT_VALKEY"), "{text}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_kills_and_reach_replicas() {
    let options = Options::new().valkey().replicated();
    let Some(server) = started(Redis::start(options).await) else {
        return;
    };
    assert_eq!(server.name(), "valkey");
    let about = server.command(&["INFO", "server"]).await.unwrap();
    assert!(about.contains("valkey_version:"), "{about}");
    server.command(&["SET", "cart", "1"]).await.unwrap();
    server.kill().unwrap();
    server.restart().await.unwrap();
    let replica = server.replica().await.unwrap();
    assert_eq!(replica.name(), "valkey");
    assert_eq!(replica.command(&["GET", "cart"]).await.unwrap(), "1");
}

#[tokio::test]
async fn power_cut_takes_nothing_that_was_synced() {
    let options = Options::new().valkey().power_cuts();
    let Some(server) = started(Redis::start(options).await) else {
        return;
    };
    server.command(&["SET", "cart", "1"]).await.unwrap();
    server.cut_power().await.unwrap();
    server.restart().await.unwrap();
    assert_eq!(server.command(&["GET", "cart"]).await.unwrap(), "1");
}

#[tokio::test]
async fn cluster_replaces_a_killed_primary() {
    let options = Options::new().valkey();
    let options = options.setting("cluster-node-timeout", "500");
    let Some(cluster) = started(RedisCluster::start(options).await) else {
        return;
    };
    let primary = cluster.primary_of(0).await.unwrap();
    primary.kill().unwrap();
    let successor = cluster.successor_of(primary, 0).await.unwrap();
    assert_ne!(primary.socket(), successor.socket());
    primary.restart().await.unwrap();
    cluster.wait_until_whole().await.unwrap();
}

#[tokio::test]
async fn sentinels_replace_a_killed_primary() {
    let Some(watched) = started(RedisSentinel::start(Options::new().valkey()).await) else {
        return;
    };
    let primary = watched.primary().await.unwrap();
    primary.kill().unwrap();
    let successor = watched.successor_of(primary).await.unwrap();
    assert_ne!(primary.socket(), successor.socket());
}
