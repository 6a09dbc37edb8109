//! Stores with carts, and a store whose calls go wrong when they are told to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Carts, Clock, Error, ErrorKind, Expect, Health,
    Instance, LoadRequest, MemoryCartStore, Operation, Owner, Rename, Result, RetryClass,
    SaveRequest, ScanEntry, ScanPage, ScanRequest, ScanSupport, Select, StoreInfo, Stored,
    Timestamp, Version,
};
use cart_migrate::{CopyPlan, CopyRun, Difference, VerifyPlan, VerifyRun};
use cart_testkit::{ManualClock, SeededRandomness, records};

/// What goes wrong with the next batch of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is written.
    Refused,
    /// All is written, and nobody is told.
    ReplyLost,
    /// The first half is written, and nobody is told.
    HalfWritten,
    /// The record at this place is refused, and the others are written.
    OneRefused(usize, ErrorKind),
}

/// A store in memory whose writes in batches go wrong as they are told to.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) memory: MemoryCartStore,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    pages: Arc<AtomicUsize>,
    can_list: bool,
}

impl Store {
    pub(crate) fn new(clock: &Arc<ManualClock>) -> Self {
        Self {
            memory: MemoryCartStore::new().with_clock(Arc::clone(clock) as Arc<dyn Clock>),
            faults: Arc::default(),
            pages: Arc::default(),
            can_list: true,
        }
    }

    pub(crate) fn that_cannot_list(mut self) -> Self {
        self.can_list = false;
        self
    }

    /// How many pages were read.
    pub(crate) fn pages(&self) -> usize {
        self.pages.load(Ordering::SeqCst)
    }

    pub(crate) fn will(&self, fault: Fault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push_back(fault);
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.pop_front()
    }

    pub(crate) fn shared(&self) -> Arc<dyn CartStore> {
        Arc::new(self.clone())
    }

    pub(crate) async fn put(&self, key: &CartKey, record: &CartRecord) {
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Any);
        self.memory.save(&request).await.expect("a write");
    }

    pub(crate) async fn stored(&self, key: &CartKey) -> Stored {
        let request = LoadRequest::new(key.clone());
        self.memory.load(&request).await.expect("a read")
    }

    /// All that is stored, carts and tombstones, in the order of the keys.
    pub(crate) async fn everything(&self) -> Vec<ScanEntry> {
        let mut all = Vec::new();
        for select in [Select::Live, Select::Tombstones] {
            let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
            request.select = select;
            loop {
                let page = self.memory.scan(&request).await.expect("a page");
                all.extend(page.entries);
                match page.next {
                    Some(next) => request.cursor = Some(next),
                    None => break,
                }
            }
        }
        all.sort_by(|one, other| one.key.cmp(&other.key));
        all
    }
}

/// Two stores under one clock.
pub(crate) struct Stores {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) source: Store,
    pub(crate) target: Store,
}

impl Stores {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        Self {
            source: Store::new(&clock),
            target: Store::new(&clock),
            clock,
        }
    }

    /// The same, with so many carts in the source, each of another owner.
    pub(crate) async fn with_carts(count: u64) -> Self {
        let stores = Self::new();
        for number in 0..count {
            let cart = record(1, number + 1, stores.clock.now());
            stores.source.put(&user(number), &cart).await;
        }
        stores
    }

    pub(crate) fn plan(&self) -> CopyPlan {
        CopyPlan::new().with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    pub(crate) fn begin(&self, plan: CopyPlan) -> CopyRun {
        plan.begin(self.source.shared(), self.target.shared())
            .expect("a copy")
    }

    /// Copies everything, to the end.
    pub(crate) async fn copy(&self) -> CopyRun {
        let mut run = self.begin(self.plan());
        finish(&mut run).await;
        run
    }

    /// Begins to compare the stores, the same way each time.
    pub(crate) fn verify(&self, change: impl FnOnce(VerifyPlan) -> VerifyPlan) -> VerifyRun {
        let plan = VerifyPlan::new()
            .with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
            .with_randomness(Arc::new(SeededRandomness::new(7)))
            .batch_size(100);
        change(plan)
            .begin(self.source.shared(), self.target.shared())
            .expect("a verification")
    }

    pub(crate) fn carts(store: &Store) -> Carts {
        Carts::new(store.shared())
    }
}

/// Copies what is left, and asks again for what fails.
pub(crate) async fn finish(run: &mut CopyRun) {
    loop {
        match run.next_batch().await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(error) => assert_ne!(error.retry_class(), RetryClass::Permanent, "{error}"),
        }
    }
}

/// All differences, in the order of their keys.
pub(crate) async fn differences(run: &mut VerifyRun) -> Vec<Difference> {
    let mut all = Vec::new();
    while let Some(batch) = run.next_batch().await.expect("a batch") {
        all.extend(batch.differences);
    }
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all
}

pub(crate) fn user(number: u64) -> CartKey {
    let owner = Owner::user(format!("{number:05}")).expect("an owner");
    CartKey::new(owner, Instance::default())
}

/// A record of this sequence, which no other one is equal to.
pub(crate) fn record(sequence: u64, write_id: u64, at: Timestamp) -> CartRecord {
    let version = Version::new(sequence, write_id).expect("a version");
    records::tagged(version, at, write_id)
}

/// The tombstone that follows `record`.
pub(crate) fn tombstone(record: &CartRecord, write_id: u64) -> CartRecord {
    let version = record.header.version.next(write_id).expect("a version");
    record.tombstone(version, record.header.updated_at, None)
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Store {
    fn info(&self) -> StoreInfo {
        let mut info = self.memory.info();
        if !self.can_list {
            info.capabilities.scan = ScanSupport::None;
        }
        info
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        tokio::task::yield_now().await;
        self.memory.load(request).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.memory.save(request).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        // Others come in between, as they do on a network.
        tokio::task::yield_now().await;
        match self.next_fault() {
            None => self.memory.save_many(batch).await,
            Some(Fault::Refused) => Err(unavailable(RetryClass::NotApplied)),
            Some(Fault::ReplyLost) => {
                self.memory.save_many(batch).await?;
                Err(unavailable(RetryClass::OutcomeUnknown))
            }
            Some(Fault::HalfWritten) => {
                let half = &batch[..batch.len() / 2];
                self.memory.save_many(half).await?;
                Err(unavailable(RetryClass::OutcomeUnknown))
            }
            Some(Fault::OneRefused(at, kind)) => {
                let mut answers = Vec::new();
                for (number, request) in batch.iter().enumerate() {
                    answers.push(if number == at {
                        Err(Error::new(kind, "refused for a test"))
                    } else {
                        self.memory.save(request).await
                    });
                }
                Ok(answers)
            }
        }
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.memory.rename(rename).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.memory.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.memory.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        tokio::task::yield_now().await;
        if !self.can_list {
            return Err(Error::unsupported(Operation::Scan));
        }
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.memory.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.memory.sweep(limit).await
    }

    async fn ping(&self) -> Result<Health> {
        self.memory.ping().await
    }
}

fn unavailable(class: RetryClass) -> Error {
    Error::new(ErrorKind::Unavailable, "the connection broke: try again").with_retry_class(class)
}
