//! Stores with carts, on the way to which calls go wrong when they are told to.

use std::sync::Arc;

use cart_core::{
    Capabilities, CartKey, CartRecord, CartStore, Carts, Clock, Expect, Instance, LoadRequest,
    MemoryCartStore, Operation, Owner, RetryClass, SaveRequest, ScanEntry, ScanRequest,
    ScanSupport, Select, Stored, Timestamp, Version,
};
use cart_migrate::{CopyPlan, CopyRun, Difference, VerifyPlan, VerifyRun};
use cart_testkit::{FaultStore, ManualClock, SeededRandomness, records};

/// A store in memory, and the way to it, on which calls go wrong as they are told to.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) memory: MemoryCartStore,
    pub(crate) faults: FaultStore,
}

impl Store {
    pub(crate) fn new(clock: &Arc<ManualClock>) -> Self {
        let memory = MemoryCartStore::new().with_clock(Arc::clone(clock) as Arc<dyn Clock>);
        Self {
            faults: FaultStore::new(memory.clone()),
            memory,
        }
    }

    pub(crate) fn that_cannot_list(mut self) -> Self {
        let cannot_list = |capabilities: &mut Capabilities| capabilities.scan = ScanSupport::None;
        self.faults = self.faults.declaring(cannot_list);
        self
    }

    /// How many pages were read.
    pub(crate) fn pages(&self) -> usize {
        self.faults.calls(Operation::Scan)
    }

    pub(crate) fn shared(&self) -> Arc<dyn CartStore> {
        Arc::new(self.faults.clone())
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
