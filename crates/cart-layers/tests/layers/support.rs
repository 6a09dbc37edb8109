//! A store that fails as told, a clock that nobody waits for, and things to store.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Clock, Error, ErrorKind, Expect, Health, Instance,
    LoadRequest, MemoryCartStore, Operation, Owner, Rename, Result, RetryClass, SaveRequest,
    ScanPage, ScanRequest, Sleep, StoreInfo, Stored, Timestamp, Version,
};

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing: it works.
    None,
    /// It never ends.
    Hang,
    /// It is applied, and its answer is lost.
    LoseReply,
    /// It fails before it is applied.
    Refuse(ErrorKind, RetryClass),
}

/// The refusal that a retry is made for.
pub(crate) const BUSY: Fault = Fault::Refuse(ErrorKind::Busy, RetryClass::NotApplied);

/// A memory store whose calls, the entries of a batch and saves under a lock among them, meet the
/// faults of a script, one each; and all further ones `rest`.
#[derive(Clone, Debug)]
pub(crate) struct FaultyStore {
    pub(crate) inner: MemoryCartStore,
    script: Arc<Mutex<VecDeque<Fault>>>,
    rest: Fault,
    calls: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub(crate) fn new(script: impl IntoIterator<Item = Fault>, rest: Fault) -> Self {
        Self {
            inner: MemoryCartStore::new(),
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            rest,
            calls: Arc::default(),
        }
    }

    /// How many calls, entries and saves under a lock the store has met.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    async fn meet<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.script.lock().unwrap().pop_front();
        let error = |kind, class| {
            Err(Error::new(kind, "as told")
                .with_retry_class(class)
                .during(operation)
                .in_store(&self.info().name))
        };
        match fault.unwrap_or(self.rest) {
            Fault::None => call.await,
            Fault::Hang => pending().await,
            Fault::LoseReply => {
                call.await?;
                error(ErrorKind::Unavailable, RetryClass::OutcomeUnknown)
            }
            Fault::Refuse(kind, class) => error(kind, class),
        }
    }
}

#[async_trait]
impl CartStore for FaultyStore {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        self.meet(Operation::Load, self.inner.load(request)).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.meet(Operation::Save, self.inner.save(request)).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let each = async {
            let mut answers = Vec::new();
            for request in batch {
                answers.push(self.save(request).await);
            }
            Ok(answers)
        };
        self.meet(Operation::SaveMany, each).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.meet(Operation::Rename, self.inner.rename(rename))
            .await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let lock = self.meet(Operation::Lock, self.inner.lock(key)).await?;
        Ok(Box::new(FaultyLock {
            lock,
            store: self.clone(),
        }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.meet(Operation::Instances, self.inner.instances(owner))
            .await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.meet(Operation::Scan, self.inner.scan(request)).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.meet(Operation::Sweep, self.inner.sweep(limit)).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.meet(Operation::Unmark, self.inner.unmark(key, version))
            .await
    }

    async fn ping(&self) -> Result<Health> {
        self.meet(Operation::Ping, self.inner.ping()).await
    }
}

#[derive(Debug)]
struct FaultyLock {
    lock: Box<dyn CartLock>,
    store: FaultyStore,
}

#[async_trait]
impl CartLock for FaultyLock {
    fn stored(&self) -> &Stored {
        self.lock.stored()
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let saved = self.lock.save(request);
        self.store.meet(Operation::Lock, saved).await
    }
}

/// A clock on which every wait is over at once, and moves the time by its length.
#[derive(Debug, Default)]
pub(crate) struct SteppingClock(AtomicI64);

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        let millis = i64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            self.0.fetch_add(millis, Ordering::Relaxed);
        })
    }
}

pub(crate) const OWNER: &str = "canary-4711@example.org";

pub(crate) fn key(identifier: &str) -> CartKey {
    CartKey::new(Owner::user(identifier).unwrap(), Instance::default())
}

pub(crate) fn record(sequence: u64) -> CartRecord {
    let version = Version::new(sequence, 1_000 + sequence).unwrap();
    let mut record = CartRecord::new(version, Timestamp::from_millis(0));
    record.parts.metadata = r#"{"note":"canary-in-the-cart"}"#.into();
    record
}

/// The first write of `identifier`'s cart.
pub(crate) fn create(identifier: &str) -> SaveRequest {
    SaveRequest::new(key(identifier), record(1), Expect::Absent)
}

/// The write that follows the one of `sequence - 1`.
pub(crate) fn update(identifier: &str, sequence: u64) -> SaveRequest {
    let expect = Expect::Version(record(sequence - 1).header.version);
    SaveRequest::new(key(identifier), record(sequence), expect)
}

/// Gives the cart of `from`, which is at its first write, to `to`.
pub(crate) fn rename(from: &str, to: &str) -> Rename {
    let at = Timestamp::from_millis(0);
    Rename {
        from: key(from),
        expect_from: record(1).header.version,
        tombstone: record(1).tombstone(record(2).header.version, at, None),
        to: key(to),
        expect_to: Expect::Absent,
        record: record(3),
    }
}

/// Calls every method once, on the cart of [`OWNER`], and saves under a lock.
pub(crate) async fn call_everything(store: &impl CartStore) {
    let owner = key(OWNER);
    store.ping().await.unwrap();
    store.save(&create(OWNER)).await.unwrap();
    store.load(&LoadRequest::new(owner.clone())).await.unwrap();
    store.save_many(&[create("other-canary")]).await.unwrap();
    store.instances(owner.owner()).await.unwrap();
    store.scan(&ScanRequest::new(10)).await.unwrap();
    store.sweep(10).await.unwrap();
    store.rename(&rename(OWNER, "third-canary")).await.unwrap();
    let lock = store.lock(&key("fourth-canary")).await.unwrap();
    lock.save(&create("fourth-canary")).await.unwrap();
}
