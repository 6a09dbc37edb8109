//! Servers that take each other's place, and carts that move among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cart_core::{CartRecord, CartStore, ErrorKind};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::{Options, Redis, RedisCluster, RedisSentinel, Server as _};

use super::support::{create, creation, insist, key, load, open, parsed, update};

/// What became of a cart that was written again and again.
struct Written {
    user: String,
    /// The last version that was acknowledged.
    last: CartRecord,
    failed: u32,
    slowest: Duration,
}

/// Writes the carts of 16 users until told to stop.
fn write(store: &CacheCartStore, stop: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<Written>> {
    let write = |user: u32| {
        let (store, stop) = (store.clone(), Arc::clone(stop));
        tokio::spawn(async move {
            let user = format!("user-{user}");
            // The first write may meet the outage, too.
            let first = creation(&key(&user));
            insist(&store, &first).await;
            let mut written = Written {
                last: first.record,
                failed: 0,
                slowest: Duration::ZERO,
                user,
            };
            while !stop.load(Ordering::Relaxed) {
                let request = update(&key(&written.user), &written.last);
                loop {
                    let start = Instant::now();
                    let saved = store.save(&request).await;
                    written.slowest = written.slowest.max(start.elapsed());
                    match saved {
                        Ok(()) => break,
                        Err(error) => {
                            assert_ne!(error.kind(), ErrorKind::Conflict, "{error:?}");
                            written.failed += 1;
                        }
                    }
                }
                written.last = request.record;
            }
            written
        })
    };
    (0..16).map(write).collect()
}

/// The keys that a server has.
async fn keys(server: &Redis) -> String {
    server
        .command(&["KEYS", "cart:{*"])
        .await
        .expect("its keys")
}

async fn slot_of(server: &Redis, key: &str) -> u16 {
    let slot = server.command(&["CLUSTER", "KEYSLOT", key]).await;
    slot.expect("a slot").trim().parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_of_a_cluster_holds_up_its_own_carts_alone_and_carts_move() {
    let cluster = RedisCluster::start(Options::new())
        .await
        .expect("a cluster");
    let store = open(parsed(&cluster.url())).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = write(&store, &stop);
    let dead = &cluster.nodes()[0];
    // Every writer has begun when this one, which comes last, finds all carts.
    let mut lost = String::new();
    for node in &cluster.nodes()[..3] {
        while keys(node).await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    while lost.is_empty() {
        lost = keys(dead).await;
    }
    let slot = slot_of(dead, lost.lines().next().expect("a key")).await;
    dead.kill().expect("a death");
    let heir = cluster.successor_of(dead, slot).await.expect("an heir");
    let lost = keys(heir).await;
    insist(&store, &creation(&key("afterwards"))).await;
    stop.store(true, Ordering::Relaxed);
    let mut undisturbed = 0;
    for writer in writers {
        let Written {
            user,
            last,
            failed,
            slowest,
        } = writer.await.expect("no panic");
        let stored = load(&store, &key(&user)).await.expect("an answer");
        let is_lost = lost.lines().any(|key| key.contains(&format!("{user}}}")));
        if !is_lost {
            assert_eq!(failed, 0, "{user}: slowest {slowest:?}");
            assert!(slowest < Duration::from_secs(1), "{user}: {slowest:?}");
            assert_eq!(stored.into_live(), Some(last), "{user}");
            undisturbed += 1;
        }
    }
    assert!((1..16).contains(&undisturbed), "{undisturbed}");

    // A slot that moves to another server.
    let name = keys(heir).await;
    let name = name.lines().next().expect("a key");
    let slot = slot_of(heir, name).await;
    let others = cluster.nodes()[1..3].iter();
    let to = others.clone().find(|node| node.socket() != heir.socket());
    let to = to.expect("another server");
    let user = name
        .split(['/', '}'])
        .find(|part| part.starts_with("user-"))
        .unwrap_or("afterwards");
    let cart = |stored: cart_core::Stored| stored.into_live().expect("the cart");
    let before = cart(load(&store, &key(user)).await.expect("an answer"));
    cluster.begin_move(slot, to).await.expect("a begin");
    let request = update(&key(user), &before);
    store.save(&request).await.expect("it is here still");
    cluster.finish_move(slot, to).await.expect("an end");
    let after = cart(load(&store, &key(user)).await.expect("an answer"));
    assert_eq!(after, request.record);
    let request = update(&key(user), &after);
    store.save(&request).await.expect("it is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_by_sentinels_is_followed_and_loses_nothing_that_a_replica_had() {
    let watched = RedisSentinel::start(Options::new())
        .await
        .expect("servers and sentinels");
    let config = parsed(&watched.url()).with_wait_replicas(1);
    let store = open(config).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = write(&store, &stop);
    let dead = watched.primary().await.expect("a primary");
    while keys(dead).await.lines().count() < 16 {
        tokio::task::yield_now().await;
    }
    dead.kill().expect("a death");
    watched.successor_of(dead).await.expect("an heir");
    let back = Instant::now();
    insist(&store, &creation(&key("afterwards"))).await;
    assert!(
        back.elapsed() < Duration::from_secs(3),
        "{:?}",
        back.elapsed()
    );
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        let Written { user, last, .. } = writer.await.expect("no panic");
        let stored = load(&store, &key(&user)).await.expect("an answer");
        assert_eq!(stored.into_live(), Some(last), "{user}");
    }
    // The old one comes back as a replica, and takes no writes.
    watched.rejoin(dead).await.expect("a replica");
    create(&store, &key("at last")).await;
}
