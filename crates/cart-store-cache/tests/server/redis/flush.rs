//! Removing everything.

use cart_core::{CartStore, ScanRequest, Stored};
use cart_testkit::servers::{Options, Redis, RedisCluster};

use super::support::{config, create, key, load, open, parsed, server};

const FOREIGN: [&str; 4] = [
    "sessions:1",
    "cart",
    "cart:settings",
    "cart-2:{/user/ann}:default",
];

async fn set(server: &Redis, name: &str) {
    let set = server.command(&["SET", name, "theirs"]).await;
    set.expect("a key of somebody else");
}

#[tokio::test]
async fn flushing_removes_every_cart_of_its_prefix_and_no_key_of_anybody_else() {
    let server = server().await;
    for name in FOREIGN {
        set(&server, name).await;
    }
    let other = open(config(&server).with_prefix("cart-other".parse().expect("a prefix"))).await;
    create(&other, &key("ann")).await;
    let store = open(config(&server)).await;
    let users: Vec<String> = (0..1000).map(|user| user.to_string()).collect();
    for user in &users {
        create(&store, &key(user)).await;
    }

    assert_eq!(store.flush().await.expect("a flush"), 1000);

    let page = store.scan(&ScanRequest::new(10)).await.expect("a page");
    assert!(page.entries.is_empty() && page.next.is_none());
    for user in &users {
        let found = load(&store, &key(user)).await.expect("an answer");
        assert_eq!(found, Stored::Missing);
    }
    let left = server.command(&["DBSIZE"]).await.expect("a number");
    // The cart of the other prefix, and its index.
    assert_eq!(left, (FOREIGN.len() + 2).to_string());
    for name in FOREIGN {
        let value = server.command(&["GET", name]).await;
        assert_eq!(value.expect("a value"), "theirs", "{name}");
    }
    assert!(matches!(
        load(&other, &key("ann")).await,
        Ok(Stored::Live(_))
    ));
    create(&store, &key("0")).await;
}

#[tokio::test]
async fn flushing_a_cluster_reaches_each_of_its_servers() {
    let cluster = RedisCluster::start(Options::new()).await;
    let cluster = cluster.expect("a cluster");
    let store = open(parsed(&cluster.url())).await;
    for user in 0..100 {
        create(&store, &key(&user.to_string())).await;
    }
    assert_eq!(store.flush().await.expect("a flush"), 100);
    for server in &cluster.nodes()[..3] {
        let left = server.command(&["DBSIZE"]).await;
        assert_eq!(left.expect("a number"), "0");
    }
}
