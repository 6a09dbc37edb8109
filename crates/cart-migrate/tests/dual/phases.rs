//! Which phase follows which, and what has to be so first.

use std::time::Duration;

use cart_core::{CartStore, ErrorKind, LoadRequest, Stored};
use cart_migrate::{Direction, DualWriteStore, MovePlan, Phase, Preconditions};

use crate::schedule::run;
use crate::shoppers::Shopper;
use crate::world::{World, keys};

const NO_MONITORING: Preconditions = Preconditions::new().monitoring(Duration::ZERO);

fn set(world: &World, phase: Phase, conditions: Preconditions) -> Result<Phase, ErrorKind> {
    let phases = world.phases();
    let answer = run(async move { phases.set(phase, conditions).await });
    answer
        .map(|state| state.phase)
        .map_err(|error| error.kind())
}

/// Goes forward to a phase, step by step.
pub(crate) fn reach(world: &World, phase: Phase) {
    let phases = world.phases();
    let now = run(async move { phases.state().await })
        .expect("a phase")
        .phase;
    for next in Phase::ALL
        .into_iter()
        .filter(|next| *next > now && *next <= phase)
    {
        assert_eq!(set(world, next, NO_MONITORING), Ok(next));
    }
}

fn move_all(process: &DualWriteStore, direction: Direction) -> u64 {
    let process = process.clone();
    run(async move {
        let mut run = MovePlan::new(direction).begin(process);
        let mut moved = 0;
        while let Some(batch) = run.next_batch().await.expect("a batch") {
            moved += batch.moved;
        }
        moved
    })
}

pub(crate) fn moved_forward(process: &DualWriteStore) {
    assert_eq!(move_all(process, Direction::Forward), 1);
}

fn add(world: &World) {
    let shopper = Shopper {
        world: world.clone(),
        store: std::sync::Arc::new(world.process()),
    };
    run(async move { shopper.add(&keys()[0]).await });
}

#[test]
fn phases_go_one_step_at_a_time_there_and_back() {
    let world = World::new(1);
    assert_eq!(
        set(&world, Phase::Verify, NO_MONITORING),
        Err(ErrorKind::Invalid)
    );
    reach(&world, Phase::Reverse);
    for back in [Phase::Moving, Phase::Verify, Phase::Mirror, Phase::Off] {
        assert_eq!(set(&world, back, NO_MONITORING), Ok(back));
    }
    let phases = world.phases();
    let state = run(async move { phases.state().await }).expect("a phase");
    assert_eq!((state.phase, state.epoch), (Phase::Off, 8));
}

#[test]
fn the_mirror_is_not_switched_off_while_carts_are_in_the_new_store() {
    let world = World::new(2);
    reach(&world, Phase::Moving);
    add(&world);
    moved_forward(&world.process());
    assert_eq!(set(&world, Phase::Verify, NO_MONITORING), Ok(Phase::Verify));
    assert_eq!(
        set(&world, Phase::Mirror, NO_MONITORING),
        Err(ErrorKind::Conflict)
    );
    assert_eq!(move_all(&world.process(), Direction::Back), 1);
    assert_eq!(set(&world, Phase::Mirror, NO_MONITORING), Ok(Phase::Mirror));
}

#[test]
fn complete_waits_for_the_monitoring_for_every_cart_and_for_every_write() {
    let world = World::new(3);
    reach(&world, Phase::Mirror);
    world.new.set_down(true);
    add(&world);
    world.new.set_down(false);
    reach(&world, Phase::Reverse);
    let week = Preconditions::new();
    let complete = || set(&world, Phase::Complete, week);
    assert_eq!(complete(), Err(ErrorKind::Conflict));
    world.clock.advance(week.monitoring);
    // A cart is in the old store still.
    assert_eq!(complete(), Err(ErrorKind::Conflict));
    moved_forward(&world.process());
    world.old.set_down(false);
    // A write is owed.
    let process = world.process();
    let reader = process.clone();
    run(async move { reader.ping().await }).expect("an answer");
    add(&world);
    assert_eq!(complete(), Ok(Phase::Complete));
    assert_eq!(set(&world, Phase::Reverse, week), Err(ErrorKind::Invalid));
}

#[test]
fn a_move_changes_nothing_that_a_shopper_sees_and_one_back_is_a_write() {
    let world = World::new(4);
    reach(&world, Phase::Moving);
    add(&world);
    let look = || {
        let process = world.process();
        run(async move { process.load(&LoadRequest::new(keys()[0].clone())).await })
            .expect("a read")
    };
    for direction in [Direction::Forward, Direction::Back, Direction::Forward] {
        let before = look();
        assert_eq!(move_all(&world.process(), direction), 1);
        let (Stored::Live(mut before), Stored::Live(after)) = (before, look()) else {
            panic!("the cart is gone");
        };
        if direction == Direction::Back {
            let sequence = before.header.version.sequence() + 1;
            assert_eq!(after.header.version.sequence(), sequence);
            before.header.version = after.header.version;
        }
        assert_eq!(after, before);
        assert_eq!(move_all(&world.process(), direction), 0);
    }
}

#[test]
fn in_reverse_a_new_cart_begins_in_the_new_store() {
    let world = World::new(5);
    reach(&world, Phase::Reverse);
    add(&world);
    assert_eq!(move_all(&world.process(), Direction::Forward), 0);
    assert_eq!(move_all(&world.process(), Direction::Back), 1);
}
