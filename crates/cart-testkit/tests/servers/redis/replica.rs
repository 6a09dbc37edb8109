//! Replicas of Redis.

use cart_testkit::servers::{Options, RedisReplica, Server};

use super::start;

async fn value(replica: &RedisReplica) -> String {
    replica.command(&["GET", "cart"]).await.unwrap()
}

#[tokio::test]
async fn replica_shows_what_its_primary_wrote_and_refuses_writes() {
    for options in [Options::new(), Options::new().tls()] {
        let primary = start(options.replicated()).await;
        primary.command(&["SET", "cart", "1"]).await.unwrap();
        let replica = primary.replica().await.unwrap();
        primary.command(&["INCR", "cart"]).await.unwrap();
        replica.catch_up(&primary).await.unwrap();
        assert_eq!(value(&replica).await, "2");
        let refused = replica.command(&["INCR", "cart"]).await.unwrap_err();
        assert!(refused.to_string().contains("READONLY"), "{refused}");
    }
}

#[tokio::test]
async fn replica_follows_its_primary_through_a_restart() {
    let primary = start(Options::new().replicated()).await;
    let replica = primary.replica().await.unwrap();
    primary.restart().await.unwrap();
    primary.command(&["SET", "cart", "1"]).await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(value(&replica).await, "1");
    replica.restart().await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(value(&replica).await, "1");
}

#[tokio::test]
async fn paused_replica_stays_behind_until_it_is_resumed() {
    let primary = start(Options::new().replicated()).await;
    primary.command(&["SET", "cart", "1"]).await.unwrap();
    let replica = primary.replica().await.unwrap();
    replica.pause_replay().await.unwrap();
    primary.command(&["INCR", "cart"]).await.unwrap();
    assert_eq!(value(&replica).await, "1");
    let role = replica.command(&["ROLE"]).await.unwrap();
    assert!(role.starts_with("slave"), "{role}");
    replica.resume_replay().await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(value(&replica).await, "2");
}

#[tokio::test]
async fn server_that_is_not_replicated_says_how_to_have_replicas() {
    let error = start(Options::new()).await.replica().await.unwrap_err();
    assert!(error.to_string().contains("Options::replicated"), "{error}");
}
