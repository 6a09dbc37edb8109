//! A harness without any lack: what the memory store can't do is simulated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Clock, Durability, Error, ErrorKind, Health,
    Instance, LoadRequest, MemoryCartStore, Operation, Owner, Rename, Result, RetryClass,
    SaveRequest, ScanPage, ScanRequest, Scope, StoreInfo, Stored, Version, Visibility,
};

use crate::harness::{Damage, Fixture, Harness, HarnessError};
use crate::memory::MemoryFixture;

/// Starts memory stores as if each were a server: it can be stopped, survives a restart, and takes
/// no record above a limit.
///
/// No case is skipped on it, so that a harness author sees each one pass, and the suite can be
/// tested itself.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedHarness {
    pub(crate) record_limit: Option<usize>,
    pub(crate) survives_restart: bool,
}

impl SimulatedHarness {
    /// The largest record that its stores take, in bytes.
    pub const RECORD_LIMIT: usize = 1 << 20;

    /// The harness of stores that keep their word.
    pub const fn new() -> Self {
        Self {
            record_limit: Some(Self::RECORD_LIMIT),
            survives_restart: true,
        }
    }
}

impl Default for SimulatedHarness {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Harness for SimulatedHarness {
    fn name(&self) -> &'static str {
        "simulated"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let memory = MemoryCartStore::new().with_clock(Arc::clone(&clock));
        Ok(Box::new(SimulatedServer {
            harness: *self,
            store: Server {
                memory,
                record_limit: self.record_limit,
                stopped: Arc::default(),
            },
            clock,
        }))
    }
}

struct SimulatedServer {
    harness: SimulatedHarness,
    store: Server,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Fixture for SimulatedServer {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let fixture = MemoryFixture {
            store: self.store.memory.clone(),
        };
        fixture.damage(key, damage).await
    }

    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let mut store = self.store.clone();
        if !self.harness.survives_restart {
            store.memory = MemoryCartStore::new().with_clock(Arc::clone(&self.clock));
        }
        Ok(Arc::new(store))
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        self.store.stopped.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// A handle to the simulated server.
#[derive(Clone, Debug)]
struct Server {
    memory: MemoryCartStore,
    record_limit: Option<usize>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    fn reached(&self, operation: Operation) -> Result<&MemoryCartStore> {
        if self.stopped.load(Ordering::SeqCst) {
            let error = Error::new(
                ErrorKind::Unavailable,
                "the server is down: try again later",
            );
            return Err(self.failed(error.with_retry_class(RetryClass::NotApplied), operation));
        }
        Ok(&self.memory)
    }

    fn fits(&self, record: &CartRecord, operation: Operation) -> Result<()> {
        if self.record_limit.is_none_or(|limit| record.size() <= limit) {
            return Ok(());
        }
        let error = Error::new(ErrorKind::TooLarge, "the record is larger than the limit");
        Err(self.failed(error, operation))
    }

    fn failed(&self, error: Error, operation: Operation) -> Error {
        error.during(operation).in_store(&self.info().name)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Server {
    fn info(&self) -> StoreInfo {
        let mut info = self.memory.info();
        info.capabilities.compare_and_set = Scope::Shared;
        info.capabilities.durability = Durability::ProcessCrash;
        info.capabilities.visibility = Visibility::Shared;
        info.capabilities.remote = true;
        info.capabilities.record_limit = self.record_limit;
        info
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.reached(Operation::Load)?.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.fits(&request.record, Operation::Save)?;
        self.reached(Operation::Save)?.save(request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let memory = self.reached(Operation::SaveMany)?;
        let mut answers = Vec::new();
        for request in batch {
            answers.push(match self.fits(&request.record, Operation::SaveMany) {
                Ok(()) => memory
                    .save_many(std::slice::from_ref(request))
                    .await?
                    .remove(0),
                Err(error) => Err(error),
            });
        }
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.fits(&rename.record, Operation::Rename)?;
        self.reached(Operation::Rename)?.rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.reached(Operation::Lock)?.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.reached(Operation::Instances)?.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.reached(Operation::Scan)?.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.reached(Operation::Sweep)?.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.reached(Operation::Unmark)?.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.reached(Operation::Ping)?;
        Ok(Health::new(Durability::ProcessCrash, "a simulated server"))
    }
}
