//! Any order of events: shoppers, drains, moves both ways, copies, phases and deaths.

use std::sync::Arc;
use std::time::Duration;

use cart_core::CartStore;
use cart_migrate::{
    CopyPlan, Direction, DrainPlan, DualWriteStore, MovePlan, Phase, Preconditions,
};

use crate::flawed::{Flaw, Flawed};
use crate::schedule::{Task, play, run};
use crate::shoppers::Shopper;
use crate::world::World;

/// How many orders of events are tried.
const SCHEDULES: u64 = 10_000;

/// The phases before the last can be in any order in the heads of processes: each of these begins in
/// one, and doesn't hear of others.
fn process_in(world: &World, phase: Phase) -> DualWriteStore {
    let phases = world.phases();
    run(async move {
        loop {
            let now = phases.state().await.expect("a phase").phase;
            if now == phase {
                return;
            }
            let step = if now < phase { 1 } else { -1 };
            let next = (now as i64) + step;
            let next = Phase::ALL[usize::try_from(next).expect("a phase")];
            phases
                .set(next, Preconditions::new().monitoring(Duration::ZERO))
                .await
                .expect("the next phase");
        }
    });
    let process = world.process();
    let reader = process.clone();
    run(async move { reader.ping().await }).expect("a phase");
    process
}

async fn drain(process: DualWriteStore) {
    let mut drain = DrainPlan::new().batch_size(1).begin(process);
    while let Ok(Some(_)) = drain.next_batch().await {}
}

async fn move_all(process: DualWriteStore, direction: Direction) {
    let mut moving = MovePlan::new(direction).batch_size(1).begin(process);
    while let Ok(Some(_)) = moving.next_batch().await {}
}

async fn copy(world: World) {
    let plan = CopyPlan::new().batch_size(1).workers(1);
    let plan = plan.with_clock(Arc::clone(&world.clock) as _);
    let copy = plan.begin(world.old.shared(), world.new.shared());
    let mut copy = copy.expect("a copy");
    while let Ok(Some(_)) = copy.next_batch().await {}
}

/// One order of events, over processes in all phases at once. What is wrong in the end, if anything
/// is.
fn violation_of(seed: u64) -> Option<String> {
    let world = World::new(seed);
    // Those that begin in the first phases, while nothing has moved, and those that come later.
    let early = [Phase::Mirror, Phase::Verify].map(|phase| process_in(&world, phase));
    let late = [Phase::Moving, Phase::Reverse].map(|phase| process_in(&world, phase));
    let processes: Vec<DualWriteStore> = early.into_iter().chain(late).collect();
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..3 {
        let process = &processes[world.chance.below(processes.len())];
        let shopper = Shopper {
            world: world.clone(),
            store: Arc::new(process.clone()),
        };
        tasks.push(Box::pin(shopper.shop(1 + world.chance.below(3))));
    }
    let any = || processes[world.chance.below(processes.len())].clone();
    for _ in 0..world.chance.below(5) {
        tasks.push(match world.chance.below(5) {
            0 => Box::pin(drain(any())),
            1 => Box::pin(copy(world.clone())),
            2 => Box::pin(move_all(any(), Direction::Back)),
            _ => Box::pin(move_all(any(), Direction::Forward)),
        });
    }
    let death_in = [12, 60, 1_000_000][world.chance.below(3)];
    play(&world.chance, tasks, death_in);
    let reader: Arc<dyn CartStore> = Arc::new(world.process());
    // Whatever is still on its way arrives.
    run(move_all(world.process(), Direction::Back));
    if world.chance.one_in(2) {
        run(move_all(world.process(), Direction::Forward));
    }
    world.violation(&reader)
}

#[test]
fn no_order_of_events_loses_an_edit_brings_back_a_cart_or_lets_the_stores_drift() {
    for seed in 0..SCHEDULES {
        if let Some(violation) = violation_of(seed) {
            panic!("the order of seed {seed}: {violation}");
        }
    }
}

/// One order of events over stores that do it in a simpler way.
fn violation_of_flawed(flaw: Flaw, seed: u64) -> Option<String> {
    let world = World::new(seed);
    let _ = process_in(&world, Phase::Mirror);
    let store: Arc<dyn CartStore> = Arc::new(Flawed::new(flaw, &world));
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..3 {
        let shopper = Shopper {
            world: world.clone(),
            store: Arc::clone(&store),
        };
        tasks.push(Box::pin(shopper.shop(1 + world.chance.below(3))));
    }
    tasks.push(Box::pin(drain(world.process())));
    if flaw == Flaw::FlipsByAFlag {
        tasks.push(Box::pin(crate::flawed::flip(
            world.clone(),
            Arc::clone(&store),
        )));
    }
    let death_in = [12, 60, 1_000_000][world.chance.below(3)];
    play(&world.chance, tasks, death_in);
    world.violation(&store)
}

/// How many orders it takes to find what is wrong with a simpler way.
fn found_after(flaw: Flaw) -> u64 {
    let mut orders = 0..SCHEDULES;
    orders
        .find(|seed| violation_of_flawed(flaw, *seed).is_some())
        .unwrap_or_else(|| panic!("{flaw:?} was never found"))
}

#[test]
fn a_mirror_that_forgets_the_mark_is_found() {
    found_after(Flaw::ForgetsTheMark);
}

#[test]
fn a_mirror_without_a_version_is_found() {
    found_after(Flaw::MirrorsWithoutAVersion);
}

#[test]
fn filling_in_on_read_is_found() {
    found_after(Flaw::FillsInOnRead);
}

#[test]
fn a_flip_by_a_flag_alone_is_found() {
    found_after(Flaw::FlipsByAFlag);
}
