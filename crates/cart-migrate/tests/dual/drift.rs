//! What the other store hears of, and when.

use std::sync::Arc;

use cart_core::{CartStore, Carts, ErrorKind, LoadRequest, RecordState, Stored};
use cart_migrate::{DualWriteStore, Phase};

use crate::gate::Gate;
use crate::phases::{moved_forward, reach};
use crate::schedule::run;
use crate::shoppers::Shopper;
use crate::world::{World, items, keys};

fn stored(gate: &Gate) -> Stored {
    let (memory, request) = (gate.memory.clone(), LoadRequest::new(keys()[0].clone()));
    run(async move { memory.load(&request).await }).expect("a read")
}

fn add(world: &World, process: &DualWriteStore) {
    let before = world.told().added.len();
    let shopper = Shopper {
        world: world.clone(),
        store: Arc::new(process.clone()),
    };
    run(async move { shopper.add(&keys()[0]).await });
    assert_eq!(world.told().added.len(), before + 1);
}

#[test]
fn a_mirror_that_is_down_is_no_error_and_hears_of_it_later() {
    let world = World::new(1);
    reach(&world, Phase::Mirror);
    let process = world.process();
    add(&world, &process);
    world.new.set_down(true);
    add(&world, &process);
    add(&world, &process);
    let counts = process.counts();
    assert_eq!((counts.mirrored, counts.owed), (1, 2));
    let status = process.clone();
    world.new.set_down(false);
    let owed = run(async move { status.owed().await }).expect("what is owed");
    assert_eq!(owed.records, 1);
    assert!(owed.oldest.is_some());
    world.drain();
    assert_eq!(stored(&world.new), stored(&world.old));
    let owed = run(async move { process.owed().await }).expect("what is owed");
    assert_eq!(owed.records, 0);
}

#[test]
fn the_old_store_follows_a_cart_that_has_moved() {
    let world = World::new(2);
    reach(&world, Phase::Moving);
    let process = world.process();
    add(&world, &process);
    moved_forward(&process);
    add(&world, &process);
    let (Stored::Live(old), Stored::Live(new)) = (stored(&world.old), stored(&world.new)) else {
        panic!("a cart is missing");
    };
    assert_eq!(old.header.state, RecordState::Moved);
    assert_eq!(items(&old), items(&new));
    assert_eq!(items(&new).len(), 2);
    assert!(!new.header.marked);
}

#[test]
fn a_read_writes_nothing() {
    let world = World::new(3);
    reach(&world, Phase::Mirror);
    add(&world, &world.process());
    reach(&world, Phase::Verify);
    world.new.set_down(true);
    add(&world, &world.process());
    world.new.set_down(false);
    let before = stored(&world.new);
    let process = world.process();
    let reader = process.clone();
    let read = run(async move { reader.load(&LoadRequest::new(keys()[0].clone())).await });
    assert!(matches!(read.expect("a read"), Stored::Live(_)));
    assert_eq!(stored(&world.new), before);
    assert_eq!(process.counts().shadow_different, 1);
}

#[test]
fn an_erasure_that_cannot_reach_both_stores_fails() {
    let world = World::new(4);
    reach(&world, Phase::Mirror);
    let process = world.process();
    add(&world, &process);
    let carts = Carts::builder(process)
        .clock(Arc::clone(&world.clock) as _)
        .build();
    let owner = keys()[0].owner().clone();
    world.new.set_down(true);
    let again = (carts.clone(), owner.clone());
    let answer = run(async move { carts.erase(&owner).await });
    assert_eq!(
        answer.expect_err("a failure").kind(),
        ErrorKind::Unavailable
    );
    assert!(matches!(stored(&world.old), Stored::Live(_)));
    world.new.set_down(false);
    run(async move { again.0.erase(&again.1).await }).expect("an erasure");
    assert_eq!(
        [stored(&world.old), stored(&world.new)],
        [Stored::Missing, Stored::Missing]
    );
}

#[test]
fn an_application_that_knows_nothing_of_the_migration_is_told_that_the_cart_moves() {
    let world = World::new(5);
    reach(&world, Phase::Moving);
    let process = world.process();
    add(&world, &process);
    moved_forward(&process);
    let carts = Carts::builder(world.old.memory.clone())
        .clock(Arc::clone(&world.clock) as _)
        .build();
    let cart = carts
        .cart(keys()[0].owner().clone(), "default")
        .expect("a cart");
    let answer = run(async move { cart.forget().await });
    let error = answer.expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().contains("moving to another store"),
        "{error}"
    );
}
