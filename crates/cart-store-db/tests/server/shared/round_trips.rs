//! How often a call goes to the server, counted on the wire.

use cart_core::{
    CartStore, Carts, Currency, Expect, LoadRequest, Money, NewItem, Owner, SaveRequest, Timestamp,
};
use cart_testkit::proxy::FaultProxy;
use cart_testkit::servers::Server as _;

use super::site::{SCHEME, Server, Store, TRIPS_OF_A_RENEWING_LOAD, Wire};
use super::support::{create, key, load, open, parsed, record, server_on_tcp, update};

/// As many carts as there are shared connections, so that each has prepared what it needs.
const LANES: usize = 4;
/// More than there are connections for writes.
const EDITS: usize = 24;

async fn counted() -> (Server, FaultProxy, Store) {
    let server = server_on_tcp().await;
    let address = server.address().expect("an address");
    let proxy = FaultProxy::to(address).speaking::<Wire>().start();
    let proxy = proxy.await.expect("a proxy");
    let url = format!("{SCHEME}://cart:cart@{}/cart", proxy.address());
    let store = open(parsed(&url)).await;
    (server, proxy, store)
}

#[tokio::test]
async fn each_call_that_meets_what_it_expects_is_one_round_trip() {
    let (_server, proxy, store) = counted().await;
    let mut is_warm = false;
    for user in ["ann", "bob"] {
        let key = key(user);
        for _ in 0..LANES {
            load(&store, &key).await.expect("nothing");
            store.instances(key.owner()).await.expect("none");
        }
        let mut counts = Vec::new();
        let mut count = |call: &'static str| {
            counts.push((call, proxy.round_trips()));
            proxy.reset_counts();
        };
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
        store.instances(key.owner()).await.expect("one");
        count("instances");
        let version = update.record.header.version;
        let tombstone = update.record.tombstone(
            version.next(7).expect("a version"),
            Timestamp::from_millis(2),
            None,
        );
        let delete = SaveRequest::new(key.clone(), tombstone, Expect::Version(version));
        store.save(&delete).await.expect("a deletion");
        count("delete");
        load(&store, &key).await.expect("a tombstone");
        count("load of a tombstone");

        // The first time, a connection prepares its statements.
        if is_warm {
            let is_right = |(call, trips): &(&str, u64)| match *call {
                "renewing load" => *trips == TRIPS_OF_A_RENEWING_LOAD,
                _ => *trips == 1,
            };
            assert!(counts.iter().all(is_right), "{counts:?}");
        }
        is_warm = true;
    }
}

#[tokio::test]
async fn a_repeated_edit_is_one_round_trip() {
    let (_server, proxy, store) = counted().await;
    let carts = Carts::builder(store).remember_writes(8).build();
    let owner = Owner::user("ann").expect("an owner");
    let cart = carts.cart(owner, "default").expect("a cart");
    let price = Money::new(250, Currency::parse("USD").expect("a currency"));
    let mut counts = Vec::new();
    for _ in 0..EDITS {
        proxy.reset_counts();
        let added = cart.add(NewItem::new("tea", "Tea", price)).await;
        added.expect("an edit");
        counts.push(proxy.round_trips());
    }
    // The first times, connections prepare their statements.
    assert_eq!(counts[EDITS - 4..], [1; 4], "{counts:?}");
    let loaded = cart.load().await.expect("the cart");
    assert_eq!(loaded.summary().units, EDITS as u64);
}

#[tokio::test]
async fn a_conflict_costs_one_look_more() {
    let (_server, proxy, store) = counted().await;
    for _ in 0..2 {
        proxy.reset_counts();
        let stale = SaveRequest::new(
            key("ann"),
            record(),
            Expect::Version(record().header.version),
        );
        store.save(&stale).await.expect_err("a conflict");
    }
    assert_eq!(proxy.round_trips(), 2);
}
