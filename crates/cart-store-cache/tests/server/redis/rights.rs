//! The user that the documents describe.

use std::fs;

use cart_core::{CartStore, Expect, LoadRequest, SaveRequest, ScanRequest, Timestamp};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::{Options, Redis, RedisCluster};

use super::slots::rename;
use super::support::{config, create, key, load, open, parsed, record_after, server, update};

/// The chapter of the documents.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/redis.md");

/// The words of the command that makes the user, and of what a cluster needs beside.
fn documented() -> (Vec<String>, Vec<String>) {
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().filter(|word| *word != "\\");
        words.map(str::to_owned).collect()
    };
    let document = fs::read_to_string(DOCUMENT).expect("the chapter");
    let (_, behind) = document
        .split_once("ACL SETUSER cart ")
        .expect("the command");
    let (rules, behind) = behind.split_once("```").expect("an end");
    let (_, behind) = behind
        .split_once("A cluster needs `")
        .expect("what a cluster needs");
    let (more, _) = behind.split_once('`').expect("an end");
    (words(rules), words(more))
}

/// Makes the user anew, with nothing but these rules.
async fn have_user(server: &Redis, rules: &[String]) {
    let mut command = ["ACL", "SETUSER", "cart", "reset"]
        .map(str::to_owned)
        .to_vec();
    let rules = rules.iter().map(|rule| rule.replace("PASSWORD", "cart"));
    command.extend(rules);
    server.command(&command).await.expect("a user");
}

/// Everything that a store can be asked.
async fn do_everything(store: &CacheCartStore) {
    let [ann, bob] = ["ann", "bob"].map(key);
    let record = create(store, &ann).await;
    let next = update(&ann, &record);
    store.save(&next).await.expect("an update");
    let mut renewing = LoadRequest::new(ann.clone());
    renewing.renew = Some(Timestamp::MAX);
    store.load(&renewing).await.expect("the cart");
    let batch = [SaveRequest::new(
        key("cleo"),
        record_after(0),
        Expect::Absent,
    )];
    let saved = store.save_many(&batch).await.expect("answers");
    assert!(saved.iter().all(Result::is_ok), "{saved:?}");
    let rename = rename(&ann, &next.record, &bob);
    store.rename(&rename).await.expect("a rename");
    load(store, &bob).await.expect("the cart");
    let listed = store.instances(bob.owner()).await.expect("a list");
    assert_eq!(listed.len(), 1);
    let page = store.scan(&ScanRequest::new(10)).await.expect("a page");
    assert_eq!(page.entries.len(), 2);
    let moved = rename.record;
    let left = record_after(moved.header.version.sequence()).header.version;
    let tombstone = moved.tombstone(left, Timestamp::from_millis(2), None);
    let delete = SaveRequest::new(bob, tombstone, Expect::Version(moved.header.version));
    store.save(&delete).await.expect("a deletion");
    store.sweep(10).await.expect("a sweep");
    let health = store.ping().await.expect("an answer");
    assert!(
        health.description.contains("appendfsync=no"),
        "{}",
        health.description
    );
    store.flush().await.expect("a flush");
}

#[tokio::test]
async fn the_documented_rights_are_enough_for_everything_on_one_server() {
    let server = server().await;
    have_user(&server, &documented().0).await;
    do_everything(&open(config(&server)).await).await;
}

#[tokio::test]
async fn the_documented_rights_are_enough_for_everything_in_a_cluster() {
    let cluster = RedisCluster::start(Options::new()).await;
    let cluster = cluster.expect("a cluster");
    let (mut rules, more) = documented();
    rules.extend(more);
    for server in cluster.nodes() {
        have_user(server, &rules).await;
    }
    let config = parsed(&cluster.url()).with_read_replicas(true);
    do_everything(&open(config).await).await;
}
