//! Stores that are broken on purpose: the test of the suite itself.
//!
//! Each one works but for a single defect, and says which cases find it. A suite that passes a
//! store by mistake would pass one of these.

mod content;
mod defect;
mod errors;
mod expiry;
mod handles;
mod keys;
mod limits;
mod lists;
mod marks;
mod rename;
mod versions;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Clock};

use crate::clause::Clause;
use crate::clock::ManualClock;
use crate::harness::{Fixture, Harness, HarnessError};
use crate::report::StoreReport;
use crate::runner;
use crate::simulated::SimulatedHarness;
use crate::wrapped::Wrapped;
use defect::{Broken, Defect};

/// A store with one defect.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct BrokenStore {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub defect: &'static str,
    /// The clauses that the defect breaks: only cases that prove one of them may fail.
    pub clauses: &'static [Clause],
    /// The cases that find the defect: all that fail, in alphabetical order.
    pub expected: &'static [&'static str],
    harness: fn(&'static str) -> Arc<dyn Harness>,
}

impl BrokenStore {
    /// Runs the suite on the broken store.
    ///
    /// Call it outside of any asynchronous runtime: each case brings its own.
    pub fn run(&self) -> StoreReport {
        runner::run_all(&(self.harness)(self.name))
    }
}

impl fmt::Debug for BrokenStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.defect)
    }
}

/// All broken stores.
pub fn all() -> impl Iterator<Item = &'static BrokenStore> {
    [
        versions::STORES,
        content::STORES,
        limits::STORES,
        keys::STORES,
        lists::STORES,
        marks::STORES,
        rename::STORES,
        expiry::STORES,
        errors::STORES,
        handles::STORES,
    ]
    .into_iter()
    .flatten()
}

/// The harness of stores that have this defect and every power.
fn with<D: Defect>(name: &'static str, defect: fn() -> D) -> Arc<dyn Harness> {
    over(SimulatedHarness::new(), name, defect)
}

fn over<D: Defect>(
    harness: SimulatedHarness,
    name: &'static str,
    defect: fn() -> D,
) -> Arc<dyn Harness> {
    Arc::new(Wrapped::new(name, harness, move |store, _clock| {
        Arc::new(Broken::new(store, defect())) as Arc<dyn CartStore>
    }))
}

/// Starts simulated stores that are broken from outside.
struct Misconfigured {
    name: &'static str,
    harness: SimulatedHarness,
    stopped_clock: bool,
}

#[async_trait]
impl Harness for Misconfigured {
    fn name(&self) -> &str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let clock = if self.stopped_clock {
            Arc::new(ManualClock::new())
        } else {
            clock
        };
        self.harness.start(clock).await
    }
}
