//! Starts stores over two, in a phase of their migration.
#![allow(dead_code, reason = "each test program uses some of it")]

mod restless;
mod routed;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_migrate::{DualWriteStore, Phase, Phases, Preconditions};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};

use restless::Restless;
pub(crate) use routed::Routed;
pub(crate) use sqlite::Sqlite;

/// Starts an old and a new store, and one over both.
pub(crate) struct Dual<O, N> {
    name: &'static str,
    phase: Phase,
    old: O,
    new: N,
    is_restless: bool,
}

impl<O: Harness, N: Harness> Dual<O, N> {
    pub(crate) fn new(name: &'static str, phase: Phase, old: O, new: N) -> Self {
        Self {
            name,
            phase,
            old,
            new,
            is_restless: false,
        }
    }

    /// The same, and before each call all carts go to the new store.
    pub(crate) fn restless(mut self) -> Self {
        self.is_restless = true;
        self
    }
}

struct DualFixture {
    phase: Phase,
    is_restless: bool,
    clock: Arc<dyn Clock>,
    old: Box<dyn Fixture>,
    new: Box<dyn Fixture>,
}

impl DualFixture {
    fn over(&self, old: Arc<dyn CartStore>, new: Arc<dyn CartStore>) -> Arc<dyn CartStore> {
        let dual = DualWriteStore::new(old, new).with_clock(Arc::clone(&self.clock));
        if self.is_restless {
            Arc::new(Restless::new(dual))
        } else {
            Arc::new(dual)
        }
    }
}

/// Goes through the phases up to `phase`.
pub(crate) async fn go_to(phase: Phase, phases: &Phases) -> Result<(), HarnessError> {
    let none = Preconditions::new().monitoring(std::time::Duration::ZERO);
    for next in Phase::ALL.into_iter().filter(|next| *next <= phase) {
        phases.set(next, none).await?;
    }
    Ok(())
}

#[async_trait]
impl<O: Harness, N: Harness> Harness for Dual<O, N> {
    fn name(&self) -> &str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let old = self.old.start(Arc::clone(&clock)).await?;
        let new = self.new.start(Arc::clone(&clock)).await?;
        let phases = Phases::new(old.store(), new.store()).with_clock(Arc::clone(&clock));
        go_to(self.phase, &phases).await?;
        Ok(Box::new(DualFixture {
            phase: self.phase,
            is_restless: self.is_restless,
            clock,
            old,
            new,
        }))
    }
}

#[async_trait]
impl Fixture for DualFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        self.over(self.old.store(), self.new.store())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let old = self.old.second_handle().await?;
        Ok(self.over(old, self.new.second_handle().await?))
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        if self.is_restless {
            return Err(HarnessError::lacking("what moves is copied over damage"));
        }
        // Where new carts begin.
        if self.phase < Phase::Reverse {
            self.old.damage(key, damage).await
        } else {
            self.new.damage(key, damage).await
        }
    }

    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let old = self.old.restart().await?;
        Ok(self.over(old, self.new.restart().await?))
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        self.old.stop().await?;
        self.new.stop().await
    }
}
