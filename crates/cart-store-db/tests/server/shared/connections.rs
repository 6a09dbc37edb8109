//! Connections that end, hang or are all in use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::{
    CartStore, ErrorKind, Expect, Operation, Rename, RetryClass, SaveRequest, Timestamp,
};
use cart_testkit::proxy::{Fault, FaultProxy};
use cart_testkit::servers::{Server as _, SqlServer};

use super::site::{END_ALL, LOADS_HAVE_CONNECTIONS, SCHEME, Wire};
use super::support::{
    SOON, assert_error, config, create, key, load, open, parsed, record, record_after, server,
    server_on_tcp, update,
};

#[tokio::test]
async fn connections_that_the_server_has_ended_are_replaced() {
    let server = server().await;
    let store = open(config(&server)).await;
    let key = key("ann");
    let record = create(&store, &key).await;
    load(&store, &key).await.expect("the cart");
    server.sql(END_ALL).await.expect("an end");
    load(&store, &key).await.expect("the cart");
    let update = update(&key, &record);
    if let Err(error) = store.save(&update).await {
        // The news of the end may come while the write is on its way.
        assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
        store.save(&update).await.expect("an update");
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let server = server().await;
    let store = open(config(&server)).await;
    let key = key("ann");
    let record = create(&store, &key).await;
    server.kill().expect("a death");
    let update = update(&key, &record);
    let error = load(&store, &key).await.expect_err("no server");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    let error = store.save(&update).await.expect_err("no server");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    server.restart().await.expect("a server");
    load(&store, &key).await.expect("the cart");
    store.save(&update).await.expect("an update");
}

#[tokio::test]
async fn the_first_write_after_a_restart_finds_a_connection_that_works() {
    let server = server().await;
    let store = open(config(&server)).await;
    let key = key("ann");
    let record = create(&store, &key).await;
    server.kill().expect("a death");
    server.restart().await.expect("a server");
    // A shop that had no visitors in between.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    let update = update(&key, &record);
    store.save(&update).await.expect("an update");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time_and_used_again_later() {
    let server = server().await;
    let store = open(config(&server).with_timeout(SOON)).await;
    let key = key("ann");
    let record = create(&store, &key).await;
    load(&store, &key).await.expect("the cart");
    let update = update(&key, &record);

    server.stop().expect("a halt");
    let start = Instant::now();
    let error = store.save(&update).await.expect_err("no answer");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
    let error = load(&store, &key).await.expect_err("no answer");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    assert!(start.elapsed() < 10 * SOON, "{:?}", start.elapsed());

    server.resume().expect("a start");
    let store = open(config(&server)).await;
    store.save(&update).await.expect("an update, or the same");
    load(&store, &key).await.expect("the cart");
}

#[tokio::test]
async fn a_pool_in_use_is_busy() {
    let server = server().await;
    let store = open(config(&server).with_pool(1).with_timeout(SOON)).await;
    let held = store.lock(&key("ann")).await.expect("a lock");
    let request = SaveRequest::new(key("bob"), record(), Expect::Absent);
    let error = store.save(&request).await.expect_err("no connection");
    assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
    assert!(error.to_string().contains("raise `pool`"), "{error}");
    let loaded = load(&store, &key("bob")).await;
    if LOADS_HAVE_CONNECTIONS {
        loaded.expect("nothing");
    } else {
        let error = loaded.expect_err("no connection");
        assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
    }
    drop(held);
    store.save(&request).await.expect("a connection");
}

#[tokio::test]
async fn a_lock_that_is_held_for_long_is_busy() {
    let server = server().await;
    let store = open(config(&server).with_lock_timeout(SOON)).await;
    for user in ["nobody yet", "ann"] {
        let key = key(user);
        if user == "ann" {
            create(&store, &key).await;
        }
        let held = store.lock(&key).await.expect("a lock");
        let error = store.lock(&key).await.expect_err("it is held");
        assert_error(&error, ErrorKind::Busy, RetryClass::NotApplied);
        assert_eq!(error.operation(), Some(Operation::Lock));
        drop(held);
        store.lock(&key).await.expect("the lock");
    }
}

#[tokio::test]
async fn a_write_whose_reply_is_lost_can_be_made_again() {
    let server = server_on_tcp().await;
    let address = server.address().expect("an address");
    let proxy = FaultProxy::to(address).speaking::<Wire>().start();
    let proxy = proxy.await.expect("a proxy");
    let url = format!("{SCHEME}://cart:cart@{}/cart", proxy.address());
    let store = open(parsed(&url)).await;
    let (ann, bob) = (key("ann"), key("bob"));
    let created = create(&store, &ann).await;
    // Whatever is sent from now on is prepared.
    let first = update(&ann, &created);
    store.save(&first).await.expect("an update");
    let first = first.record;

    let lost = proxy.inject(Fault::cut_after_request());
    let second = update(&ann, &first);
    let error = store.save(&second).await.expect_err("no reply");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
    assert_eq!(lost.end(), 1);
    store.save(&second).await.expect("the same again");

    let version = second.record.header.version;
    let rename = Rename {
        from: ann.clone(),
        expect_from: version,
        tombstone: second.record.tombstone(
            version.next(7).expect("a version"),
            Timestamp::from_millis(2),
            None,
        ),
        to: bob.clone(),
        expect_to: Expect::Absent,
        record: record_after(version.sequence()),
    };
    let lost = proxy.inject(Fault::cut_after_request().on("COMMIT"));
    let error = store.rename(&rename).await.expect_err("no reply");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
    assert_eq!(lost.end(), 1);
    store.rename(&rename).await.expect("the same again");

    // Before the commit nothing is stored, and that is known.
    let back = Rename {
        from: bob,
        expect_from: rename.record.header.version,
        tombstone: rename.record.tombstone(
            rename.record.header.version.next(8).expect("a version"),
            Timestamp::from_millis(3),
            None,
        ),
        to: ann,
        expect_to: Expect::Absent,
        record: record_after(rename.record.header.version.sequence()),
    };
    let lost = proxy.inject(Fault::cut_after_request().on("BEGIN"));
    let error = store.rename(&back).await.expect_err("no reply");
    assert_error(&error, ErrorKind::Unavailable, RetryClass::NotApplied);
    assert_eq!(lost.end(), 1);
    store.rename(&back).await.expect("the same again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_that_cross_never_deadlock() {
    const ROUNDS: usize = 100;
    let server = server().await;
    let store = Arc::new(open(config(&server)).await);
    let (ann, bob) = (key("ann"), key("bob"));
    create(&store, &ann).await;
    // Each task takes the cart from where it is to the other side, whenever it is there.
    let carry = |from: cart_core::CartKey, to: cart_core::CartKey| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                let stored = load(&store, &from).await.expect("an answer");
                let Some(cart) = stored.into_live() else {
                    continue;
                };
                let version = cart.header.version;
                let next = record_after(version.sequence() + 1);
                let rename = Rename {
                    from: from.clone(),
                    expect_from: version,
                    tombstone: cart.tombstone(
                        record_after(version.sequence()).header.version,
                        Timestamp::from_millis(2),
                        None,
                    ),
                    to: to.clone(),
                    expect_to: Expect::Absent,
                    record: next,
                };
                match store.rename(&rename).await {
                    Ok(()) => {}
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound),
                        "{error}"
                    ),
                }
            }
        })
    };
    let tasks = [
        carry(ann.clone(), bob.clone()),
        carry(bob.clone(), ann.clone()),
        carry(ann.clone(), bob.clone()),
        carry(bob.clone(), ann.clone()),
    ];
    for task in tasks {
        task.await.expect("no panic");
    }
    let sides = [
        load(&store, &ann).await.expect("an answer").into_live(),
        load(&store, &bob).await.expect("an answer").into_live(),
    ];
    assert_eq!(sides.iter().flatten().count(), 1, "one cart, on one side");
}

#[tokio::test]
async fn a_sweep_leaves_what_somebody_holds_for_later() {
    let server = server().await;
    let store = open(config(&server)).await;
    let (ann, bob) = (key("ann"), key("bob"));
    create(&store, &ann).await;
    create(&store, &bob).await;
    let expired = "UPDATE carts SET expires_at = 1";
    server.sql(expired).await.expect("an end");
    let held = store.lock(&ann).await.expect("a lock");
    assert_eq!(store.sweep(10).await.expect("a sweep"), 1, "Bob's");
    drop(held);
    while store.sweep(10).await.expect("a sweep") == 0 {
        tokio::task::yield_now().await;
    }
}
