//! A store that fails as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cart_core::{
    CartHandle, CartKey, CartLock, CartStore, Error, ErrorKind, Health, Instance, LoadRequest,
    MemoryCartStore, NewItem, Owner, Rename, Result, RetryClass, SaveRequest, ScanPage,
    ScanRequest, StoreInfo, Stored, Version,
};

/// What happens to the next write.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is applied, and the reply is lost.
    LoseReply,
    /// It is applied, somebody else adds an item, so many times, and the reply is lost.
    LoseReplyAndOvertake(CartHandle, NewItem, usize),
    /// It is applied, somebody else deletes the cart, and the reply is lost.
    LoseReplyAndForget(CartHandle),
    /// Somebody else adds an item just before it.
    Overtake(CartHandle, NewItem),
    /// It is not applied, and nobody knows.
    Vanish,
    /// The store can't be reached.
    Unreachable,
}

#[derive(Clone, Debug)]
pub(crate) struct FaultyStore {
    pub(crate) inner: MemoryCartStore,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    writes: Arc<Mutex<usize>>,
    loads: Arc<Mutex<usize>>,
    /// What a replica that lags behind still answers.
    replica: Arc<Mutex<Option<Stored>>>,
}

fn sequence(stored: &Stored) -> Option<u64> {
    stored.version().map(Version::sequence)
}

impl FaultyStore {
    pub(crate) fn new(inner: MemoryCartStore) -> Self {
        Self {
            inner,
            faults: Arc::default(),
            writes: Arc::default(),
            loads: Arc::default(),
            replica: Arc::default(),
        }
    }

    /// Plans the faults of the next writes, in this order.
    pub(crate) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults
            .lock()
            .expect("no test panics here")
            .extend(faults);
    }

    /// Lets loads answer `stale` from now on, unless they ask for a later version.
    pub(crate) fn lag(&self, stale: Stored) {
        *self.replica.lock().expect("no test panics here") = Some(stale);
    }

    /// How many faults have not happened.
    pub(crate) fn left(&self) -> usize {
        self.faults.lock().expect("no test panics here").len()
    }

    /// How many writes were asked for.
    pub(crate) fn writes(&self) -> usize {
        *self.writes.lock().expect("no test panics here")
    }

    /// How many loads were asked for.
    pub(crate) fn loads(&self) -> usize {
        *self.loads.lock().expect("no test panics here")
    }

    async fn write<T>(&self, write: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        *self.writes.lock().expect("no test panics here") += 1;
        let fault = self.faults.lock().expect("no test panics here").pop_front();
        match fault {
            None => write().await,
            Some(Fault::LoseReply) => write().await.and(Err(lost())),
            Some(Fault::LoseReplyAndOvertake(cart, item, times)) => {
                write().await?;
                for _ in 0..times {
                    cart.add(item.clone()).await?;
                }
                Err(lost())
            }
            Some(Fault::LoseReplyAndForget(cart)) => {
                write().await?;
                cart.forget().await?;
                Err(lost())
            }
            Some(Fault::Overtake(cart, item)) => {
                cart.add(item).await?;
                write().await
            }
            Some(Fault::Vanish) => Err(lost()),
            Some(Fault::Unreachable) => Err(Error::new(ErrorKind::Unavailable, "out of order")
                .with_retry_class(RetryClass::NotApplied)),
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unavailable, "the reply was lost")
        .with_retry_class(RetryClass::OutcomeUnknown)
}

#[async_trait]
impl CartStore for FaultyStore {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        *self.loads.lock().expect("no test panics here") += 1;
        let asked = request.at_least.map(Version::sequence);
        let held = self.replica.lock().expect("no test panics here").clone();
        match held {
            Some(held) if asked.is_none_or(|asked| Some(asked) <= sequence(&held)) => Ok(held),
            _ => self.inner.load(request).await,
        }
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.write(async || self.inner.save(request).await).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.write(async || self.inner.save_many(batch).await).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        self.write(async || self.inner.rename(rename).await).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.inner.lock(key).await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.inner.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.inner.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.inner.sweep(limit).await
    }

    async fn ping(&self) -> Result<Health> {
        self.inner.ping().await
    }
}
