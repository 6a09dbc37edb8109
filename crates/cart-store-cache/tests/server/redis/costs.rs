//! What calls cost, counted on the wire and by the server.

use std::collections::BTreeSet;

use cart_core::{
    CartStore, Carts, Currency, Expect, LoadRequest, Money, NewItem, Owner, Rename, SaveRequest,
    Timestamp,
};
use cart_testkit::proxy::{FaultProxy, RespWire};
use cart_testkit::servers::{Options, Redis, Server as _};

use super::slots::{Slots, rename, warm_up};
use super::support::{create, key, load, open, parsed, record_after, update};

/// The commands that the documents name, and those by which a connection is opened.
const DOCUMENTED: [&str; 14] = [
    "exists",
    "get",
    "getrange",
    "set",
    "setrange",
    "pexpire",
    "persist",
    "zadd",
    "zrange",
    "zrem",
    "zremrangebyscore",
    "evalsha",
    "eval",
    "ping",
];

#[tokio::test]
async fn loads_saves_deletions_and_renames_are_one_round_trip_of_documented_commands() {
    let server = Redis::start(Options::new().tcp()).await.expect("a server");
    let address = server.address().expect("an address");
    let proxy = FaultProxy::to(address).speaking::<RespWire>().start();
    let proxy = proxy.await.expect("a proxy");
    let url = format!("redis://cart:cart@{}", proxy.address());
    let store = open(parsed(&url)).await;
    let mut is_warm = false;
    for user in ["ann", "bob"] {
        let key = key(user);
        let target = super::support::key(&format!("{user}-2"));
        let mut counts = Vec::new();
        let mut count = |call: &'static str| {
            counts.push((call, proxy.round_trips()));
            proxy.reset_counts();
        };
        load(&store, &key).await.expect("nothing");
        if is_warm {
            let reset = server.command(&["CONFIG", "RESETSTAT"]).await;
            reset.expect("a reset");
        }
        proxy.reset_counts();

        let record = create(&store, &key).await;
        count("insert");
        load(&store, &key).await.expect("the cart");
        count("load");
        let mut renewing = LoadRequest::new(key.clone());
        renewing.renew = Some(Timestamp::MAX);
        store.load(&renewing).await.expect("the cart");
        count("renewing load");
        let update = update(&key, &record);
        store.save(&update).await.expect("an update");
        count("update");
        let version = update.record.header.version;
        let tombstone = |sequence| {
            let version = record_after(sequence).header.version;
            record.tombstone(version, Timestamp::from_millis(2), None)
        };
        let rename = Rename {
            from: key.clone(),
            expect_from: version,
            tombstone: tombstone(2),
            to: target.clone(),
            expect_to: Expect::Absent,
            record: record_after(2),
        };
        store.rename(&rename).await.expect("a rename");
        count("rename");
        let expected = Expect::Version(rename.record.header.version);
        let delete = SaveRequest::new(target, tombstone(3), expected);
        store.save(&delete).await.expect("a deletion");
        count("delete");
        if is_warm {
            let is_one = counts.iter().all(|(_, trips)| *trips == 1);
            assert!(is_one, "{counts:?}");
        }
        is_warm = true;
    }

    let told = server.command(&["INFO", "commandstats"]).await;
    let told = told.expect("its counts");
    let names = told.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        Some(name)
    });
    // The administrator's own questions.
    let asked: BTreeSet<&str> = names.filter(|name| !is_of_the_test(name)).collect();
    let documented = BTreeSet::from(DOCUMENTED);
    let others: Vec<_> = asked.difference(&documented).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn a_repeated_edit_is_one_round_trip() {
    let server = Redis::start(Options::new().tcp()).await.expect("a server");
    let address = server.address().expect("an address");
    let proxy = FaultProxy::to(address).speaking::<RespWire>().start();
    let proxy = proxy.await.expect("a proxy");
    let url = format!("redis://cart:cart@{}", proxy.address());
    let carts = Carts::builder(open(parsed(&url)).await).remember_writes(8);
    let owner = Owner::user("ann").expect("an owner");
    let cart = carts.build().cart(owner, "default").expect("a cart");
    let price = Money::new(250, Currency::parse("USD").expect("a currency"));
    let mut counts = Vec::new();
    for _ in 0..4 {
        proxy.reset_counts();
        let added = cart.add(NewItem::new("tea", "Tea", price)).await;
        added.expect("an edit");
        counts.push(proxy.round_trips());
    }
    assert_eq!(counts[1..], [1, 1, 1]);
    let loaded = cart.load().await.expect("the cart");
    assert_eq!(loaded.summary().units, 4);
}

#[tokio::test]
async fn a_rename_across_slots_is_seven_requests() {
    let slots = Slots::start().await;
    let store = slots.store().await;
    warm_up(&store).await;
    let mut counts = Vec::new();
    for number in 0..8 {
        let [from, to] = ["from", "to"].map(|side| key(&format!("{number}-{side}")));
        let cart = create(&store, &from).await;
        let rename = rename(&from, &cart, &to);
        slots.proxy.reset_counts();
        store.rename(&rename).await.expect("a rename");
        counts.push(slots.proxy.round_trips());
    }
    // Once a second the store asks beside that who has which slots.
    assert_eq!(counts.iter().min(), Some(&7), "{counts:?}");
}

fn is_of_the_test(name: &str) -> bool {
    ["auth", "config", "info"]
        .iter()
        .any(|start| name.starts_with(start))
}
