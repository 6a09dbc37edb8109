//! Servers that aren't ready: one that reads its data, one that can't write to its disk, and one that
//! forgets.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cart_core::{CartStore, ErrorKind, RetryClass};
use cart_testkit::servers::{Options, Redis, Server as _};

use super::support::{
    SOON, assert_error, config, create, creation, insist, key, load, open, server, update,
};

async fn told(server: &Redis, words: &[&str]) -> String {
    server.command(words).await.expect("an answer")
}

/// Waits until the server says so of itself.
async fn until(server: &Redis, section: &str, line: &str) {
    let start = Instant::now();
    loop {
        let info = told(server, &["INFO", section]).await;
        if info.lines().any(|told| told.trim() == line) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{line}: {info}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_reads_its_data_is_said_to_do_so_and_used_when_it_has() {
    // Each key takes its time, and calls are answered in between.
    let options = Options::new()
        .setting("key-load-delay", "10000")
        .setting("loading-process-events-interval-bytes", "1024");
    let server = Redis::start(options).await.expect("a server");
    let store = open(config(&server).with_timeout(SOON)).await;
    let mut record = create(&store, &key("ann")).await;
    for user in 0..150 {
        create(&store, &key(&user.to_string())).await;
    }
    // Only a snapshot is read so slowly.
    told(&server, &["BGREWRITEAOF"]).await;
    until(&server, "persistence", "aof_rewrites:1").await;
    until(&server, "persistence", "aof_rewrite_in_progress:0").await;
    until(&server, "persistence", "aof_last_bgrewrite_status:ok").await;
    server.kill().expect("a death");
    let restart = server.restart();
    tokio::pin!(restart);
    let error = loop {
        let update = update(&key("ann"), &record);
        tokio::select! {
            biased;
            restarted = &mut restart => panic!("it was never asked: {restarted:?}"),
            saved = store.save(&update) => match saved {
                Ok(()) => record = update.record,
                Err(error) if error.to_string().contains("reads its data") => break error,
                Err(_) => {}
            }
        }
    };
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    let error = load(&store, &key("ann")).await.expect_err("not yet");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    restart.await.expect("a server");
    insist(&store, &update(&key("ann"), &record)).await;
}

#[tokio::test]
async fn a_server_that_can_not_take_its_snapshots_refuses_writes_and_is_read() {
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    let folder = told(&server, &["CONFIG", "GET", "dir"]).await;
    let folder = folder.split_whitespace().nth(1).expect("a folder");
    // In the place of the file there is something else.
    let obstacle = Path::new(folder).join("dump.rdb");
    fs::create_dir_all(obstacle.join("full")).expect("a folder");
    told(&server, &["CONFIG", "SET", "save", "3600 1000000"]).await;
    told(&server, &["BGSAVE"]).await;
    until(&server, "persistence", "rdb_last_bgsave_status:err").await;
    let error = store.save(&creation(&key("bob"))).await;
    let error = error.expect_err("no writes");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    assert!(
        error.to_string().contains("can't write to its disk"),
        "{error}"
    );
    load(&store, &key("ann")).await.expect("the cart");

    fs::remove_dir_all(&obstacle).expect("room");
    told(&server, &["BGSAVE"]).await;
    until(&server, "persistence", "rdb_last_bgsave_status:ok").await;
    let update = update(&key("ann"), &record);
    store.save(&update).await.expect("an update");
}

#[tokio::test]
async fn a_server_whose_disk_is_full_refuses_writes_and_is_read() {
    let options = Options::new().disk(8 << 20);
    let Ok(server) = Redis::start(options).await else {
        // Only root can have a disk of its own.
        return;
    };
    let store = open(config(&server)).await;
    create(&store, &key("ann")).await;
    server.fill_disk().expect("a full disk");
    let mut user = 0;
    let error = loop {
        assert!(user < 10_000, "the disk is never full");
        user += 1;
        if let Err(error) = store.save(&creation(&key(&user.to_string()))).await {
            break error;
        }
    };
    assert_error(&error, ErrorKind::Full, RetryClass::Permanent);
    load(&store, &key("ann")).await.expect("the cart");
}

#[tokio::test]
async fn scripts_that_were_flushed_are_counted_when_they_are_brought_again_and_bytes_as_they_pass()
{
    let server = server().await;
    let store = open(config(&server)).await;
    let record = create(&store, &key("ann")).await;
    let before = store.statistics();
    assert_eq!(before.scripts_loaded, 1);
    told(&server, &["SCRIPT", "FLUSH"]).await;
    store
        .save(&update(&key("ann"), &record))
        .await
        .expect("an update");
    load(&store, &key("ann")).await.expect("the cart");
    let after = store.statistics();
    assert_eq!(after.scripts_loaded, 2);
    let value = told(&server, &["STRLEN", "cart:{/user/ann}:default"]).await;
    let length: u64 = value.parse().expect("a length");
    assert_eq!(after.bytes_received, before.bytes_received + length);
    assert!(after.bytes_sent > before.bytes_sent + length);
}
