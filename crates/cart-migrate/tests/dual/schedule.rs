//! Tasks that take turns as chance decides, and may die between any two calls of a store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cart_core::Randomness;
use cart_testkit::SeededRandomness;

pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Chance, the same each time for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Arc<SeededRandomness>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(SeededRandomness::new(seed)))
    }

    pub(crate) fn below(&self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a small number");
        usize::try_from(self.0.next() % limit).expect("a small number")
    }

    pub(crate) fn one_in(&self, number: usize) -> bool {
        self.below(number) == 0
    }

    pub(crate) fn next(&self) -> u64 {
        self.0.next()
    }

    pub(crate) fn randomness(&self) -> Arc<dyn Randomness> {
        Arc::clone(&self.0) as _
    }
}

/// Gives one task after the other a turn, until all have ended or died. One turn in `death_in` is
/// the last of its task.
pub(crate) fn play(chance: &Chance, mut tasks: Vec<Task>, death_in: usize) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..200_000 {
        if tasks.is_empty() {
            return;
        }
        let next = chance.below(tasks.len());
        let ended = tasks[next].as_mut().poll(&mut context);
        if matches!(ended, Poll::Ready(())) || chance.one_in(death_in) {
            drop(tasks.swap_remove(next));
        }
    }
    panic!("the tasks never end");
}

/// Runs one task alone, to its end.
pub(crate) fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
    }
    panic!("the task never ends");
}
