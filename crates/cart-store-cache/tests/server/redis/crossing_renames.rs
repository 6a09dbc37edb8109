//! Renames across slots that are in each other's way, and those who look on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cart_core::{
    BuiltInStrategy, CartStore, Carts, Currency, Instance, Money, NewItem, OnExisting, Owner,
    Stored, Transfer,
};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::{Options, RedisCluster};
use tokio::task::JoinSet;

use super::slots::{Slots, rename, warm_up};
use super::support::{create, key, load, open, parsed};

/// How many looks at a time.
const READERS: usize = 8;
const RENAMES: usize = 100;
/// How often each cart is given away.
const EACH: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_get_in_the_way_of_a_rename() {
    let slots = Slots::start().await;
    let owner = slots.store().await;
    warm_up(&owner).await;
    let [ann, bob] = ["ann", "bob"].map(key);
    let mut cart = create(&owner, &ann).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (store, over) = (slots.store().await, Arc::clone(&over));
        let [one, two] = [ann.clone(), bob.clone()];
        readers.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let first = load(&store, &one).await.expect("an answer");
                let second = load(&store, &two).await.expect("an answer");
                let again = load(&store, &one).await.expect("an answer");
                // The second was read at a moment at which the first was so.
                if first == again {
                    let live = [first, second].map(|stored| matches!(stored, Stored::Live(_)));
                    assert!(live[0] != live[1], "twice, or not at all: {live:?}");
                }
            }
            store.statistics().renames_settled
        });
    }
    let (mut from, mut to) = (&ann, &bob);
    for _ in 0..RENAMES {
        let rename = rename(from, &cart, to);
        owner.rename(&rename).await.expect("at the first attempt");
        cart = rename.record;
        (from, to) = (to, from);
    }
    over.store(true, Ordering::Relaxed);
    for settled in readers.join_all().await {
        assert_eq!(settled, 0, "a reader has touched a rename under way");
    }
}

/// Shoppers that put items into carts and give these to the next one, all at once.
async fn cross(store: impl AsyncFn() -> CacheCartStore, routes: &[(&str, &str)]) {
    let mut shoppers = JoinSet::new();
    for (from, to) in routes {
        let carts = Carts::new(store().await);
        let [from, to] = [from, to].map(|user| Owner::user(*user).expect("an owner"));
        shoppers.spawn(give(carts, from, to));
    }
    let mut put: Vec<String> = shoppers.join_all().await.concat();
    put.sort_unstable();

    let carts = Carts::new(store().await);
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let users: BTreeSet<&str> = routes.iter().flat_map(|(from, to)| [*from, *to]).collect();
    for user in users {
        let owner = Owner::user(user).expect("an owner");
        let cart = carts.cart(owner, "default").expect("a cart");
        let snapshot = cart.load().await.expect("an answer");
        for item in snapshot.items().expect("items").iter() {
            *found.entry(item.id().to_owned()).or_default() += item.quantity();
        }
    }
    assert!(found.values().all(|count| *count == 1), "twice: {found:?}");
    assert_eq!(found.into_keys().collect::<Vec<_>>(), put);
}

async fn give(carts: Carts, from: Owner, to: Owner) -> Vec<String> {
    let dollars = Currency::parse("USD").expect("a currency");
    let price = Money::parse("1.00", dollars).expect("a price");
    let merge = OnExisting::Merge(Arc::new(BuiltInStrategy::AddQuantities));
    let cart = carts.cart(from.clone(), "default").expect("a cart");
    let mut put = Vec::new();
    for number in 0..EACH {
        let id = format!("{}-{number}", from.identifier());
        cart.add(NewItem::new(&*id, "Cup", price))
            .await
            .expect("an item");
        put.push(id);
        let given = carts
            .transfer(&from, &to, &Instance::default(), &merge)
            .await;
        let given = given.expect("in its time");
        // Somebody may have taken the cart from here in between.
        assert_ne!(given, Transfer::SameOwner);
    }
    put
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_that_are_given_across_each_other_in_pairs_chains_and_rings_lose_and_double_nothing()
{
    let cluster = RedisCluster::start(Options::new()).await;
    let cluster = cluster.expect("a cluster");
    let store = async || open(parsed(&cluster.url())).await;
    for routes in [
        &[("ann", "bob"), ("bob", "ann")][..],
        &[("cleo", "dan"), ("dan", "eve")],
        &[("fay", "gus"), ("gus", "hal"), ("hal", "fay")],
    ] {
        cross(store, routes).await;
    }
}
