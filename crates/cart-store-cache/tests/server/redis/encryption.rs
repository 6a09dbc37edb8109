//! TLS.

use std::path::Path;

use cart_core::{CartStore as _, ErrorKind, RetryClass, Stored};
use cart_store_cache::CacheConfig;
use cart_testkit::servers::{
    Certificate, Options, Redis, RedisCluster, RedisSentinel, Server as _,
};

use super::support::{assert_error, create, key, load, open, parsed, refusal, update};

async fn showing(certificate: Certificate) -> (Redis, CacheConfig) {
    let options = Options::new().tls_with(certificate);
    let server = Redis::start(options).await.expect("a server");
    let config = parsed(&server.tcp_url().expect("a URL"));
    (server, config)
}

#[tokio::test]
async fn a_server_that_somebody_trusted_vouches_for_is_spoken_to_in_private() {
    let (server, config) = showing(Certificate::Valid).await;
    let authority = server.authority().expect("an authority");
    let store = open(config.with_root_certificates(authority)).await;
    create(&store, &key("ann")).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_or_time_or_by_a_stranger_is_refused() {
    let (stranger, _) = showing(Certificate::Valid).await;
    for certificate in [
        Certificate::AnotherHost,
        Certificate::Expired,
        Certificate::Valid,
    ] {
        let (server, config) = showing(certificate).await;
        let vouching = match certificate {
            Certificate::Valid => &stranger,
            _ => &server,
        };
        let authority = vouching.authority().expect("an authority");
        let error = refusal(config.with_root_certificates(authority)).await;
        assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
    }
}

#[tokio::test]
async fn certificates_that_are_none_are_said_to_be_so() {
    let config = CacheConfig::single("cache.example.com", 6379).with_tls();
    let error = refusal(config.with_root_certificates("/nowhere/roots.pem")).await;
    assert_error(&error, ErrorKind::Invalid, RetryClass::Permanent);
}

/// Carts of many slots are saved, loaded and listed over TLS by whoever trusts the authority of the
/// servers, and by nobody else.
async fn keeps_carts_in_private(url: &str, authority: &Path) {
    assert!(url.starts_with("rediss-"), "{url}");
    let store = open(parsed(url).with_root_certificates(authority)).await;
    for user in 0..20 {
        let key = key(&format!("user-{user}"));
        let first = create(&store, &key).await;
        let second = update(&key, &first);
        store.save(&second).await.expect("a save");
        let found = load(&store, &key).await.expect("an answer");
        assert_eq!(found, Stored::Live(second.record));
        assert_eq!(store.instances(key.owner()).await.expect("a list").len(), 1);
    }
    let (stranger, _) = showing(Certificate::Valid).await;
    let stranger = stranger.authority().expect("an authority");
    let error = refusal(parsed(url).with_root_certificates(stranger)).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
}

#[tokio::test]
async fn a_cluster_keeps_carts_in_private() {
    let cluster = RedisCluster::start(Options::new().tls()).await;
    let cluster = cluster.expect("a cluster");
    let authority = cluster.nodes()[0].authority().expect("an authority");
    keeps_carts_in_private(&cluster.url(), authority).await;
}

#[tokio::test]
async fn a_cluster_whose_servers_call_each_other_by_name_keeps_carts_in_private() {
    let options = Options::new()
        .tls()
        .setting("cluster-announce-hostname", "localhost")
        .setting("cluster-preferred-endpoint-type", "hostname");
    let cluster = RedisCluster::start(options).await.expect("a cluster");
    let slots = cluster.nodes()[0].command(&["CLUSTER", "SLOTS"]).await;
    assert!(slots.expect("slots").contains("localhost"));
    let authority = cluster.nodes()[0].authority().expect("an authority");
    keeps_carts_in_private(&cluster.url(), authority).await;
}

#[tokio::test]
async fn sentinels_and_what_they_watch_over_keep_carts_in_private() {
    let watched = RedisSentinel::start(Options::new().tls()).await;
    let watched = watched.expect("sentinels");
    let authority = watched.servers()[0].authority().expect("an authority");
    keeps_carts_in_private(&watched.url(), authority).await;
    let primary = watched.primary().await.expect("a primary");
    primary.kill().expect("a kill");
    watched.successor_of(primary).await.expect("a successor");
    let store = open(parsed(&watched.url()).with_root_certificates(authority)).await;
    create(&store, &key("after-failover")).await;
}
