//! Copies of some carts.

use std::time::Duration;

use cart_core::{CartKey, Clock, Instance, Owner, Tenant};
use cart_migrate::Selection;

use crate::support::{Stores, finish, record, user};

async fn copied(stores: &Stores, selection: Selection) -> Vec<CartKey> {
    let mut run = stores.begin(stores.plan().selecting(selection));
    finish(&mut run).await;
    let there = stores.target.everything().await;
    assert_eq!(run.counts().seen, there.len() as u64);
    there.into_iter().map(|entry| entry.key).collect()
}

#[tokio::test]
async fn carts_of_one_tenant_or_one_instance_are_copied_alone() {
    let tenant = Tenant::new("north").expect("a tenant");
    let instance = Instance::new("wishlist").expect("an instance");
    let owner = Owner::user("1").expect("an owner");
    let of_tenant = CartKey::new(owner.clone().in_tenant(tenant.clone()), Instance::default());
    let of_instance = CartKey::new(owner, instance.clone());
    let mut of_north = Selection::all();
    of_north.tenant = Some(tenant);
    let mut wishlists = Selection::all();
    wishlists.instance = Some(instance);
    for (selection, expected) in [
        (of_north, of_tenant.clone()),
        (wishlists, of_instance.clone()),
    ] {
        let stores = Stores::with_carts(3).await;
        for key in [&of_tenant, &of_instance] {
            let cart = record(1, 1, stores.clock.now());
            stores.source.put(key, &cart).await;
        }
        assert_eq!(copied(&stores, selection).await, [expected]);
    }
}

#[tokio::test]
async fn carts_are_selected_by_their_age_when_the_copy_began() {
    let mut keys = Vec::new();
    for (within, untouched) in [(Some(20), None), (None, Some(20)), (Some(20), Some(10))] {
        let stores = Stores::new();
        for number in 0..3 {
            let cart = record(1, number + 1, stores.clock.now());
            stores.source.put(&user(number), &cart).await;
            stores.clock.advance(Duration::from_secs(10));
        }
        // Now they are 30, 20 and 10 seconds old.
        let mut selection = Selection::all();
        selection.written_within = within.map(Duration::from_secs);
        selection.untouched_for = untouched.map(Duration::from_secs);
        let mut run = stores.begin(stores.plan().selecting(selection));
        stores.clock.advance(Duration::from_secs(60));
        finish(&mut run).await;
        let there = stores.target.everything().await;
        keys.push(there.into_iter().map(|entry| entry.key).collect::<Vec<_>>());
    }
    assert_eq!(keys, [vec![user(1), user(2)], vec![user(0)], vec![user(1)]]);
}
