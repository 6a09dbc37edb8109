//! The store in memory: the reference of the suite, and an embedded cache.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_lock::{Mutex as AsyncMutex, MutexGuardArc};
use async_trait::async_trait;

use crate::storage::{
    Capabilities, CartKey, CartLock, CartRecord, CartStore, Cursor, Detail, Durability, Error,
    ErrorKind, Expiry, Health, Instance, LoadRequest, Operation, Owner, Parts, Rename,
    RenameSupport, Result, SaveRequest, ScanEntry, ScanPage, ScanRequest, ScanSupport, Scope,
    StoreInfo, Stored, Verdict, Version, Visibility,
};
use crate::time::{Clock, SystemClock};

/// Keeps carts in the memory of this process.
///
/// Linearizable, bounded and expiring: every call is one step under one lock, a write that would
/// exceed the capacity fails with [`ErrorKind::Full`] instead of pushing another cart out, and what
/// has expired is absent. Clones are handles to the same carts.
///
/// ```
/// use cart_core::{CartStore, MemoryCartStore};
///
/// let store = MemoryCartStore::new();
/// assert_eq!(&*store.info().name, "memory");
/// ```
#[derive(Clone, Debug)]
pub struct MemoryCartStore {
    name: Arc<str>,
    capacity: usize,
    clock: Arc<dyn Clock>,
    carts: Arc<Mutex<BTreeMap<CartKey, CartRecord>>>,
    locks: Arc<Mutex<BTreeMap<CartKey, Arc<AsyncMutex<()>>>>>,
}

impl MemoryCartStore {
    /// How many records a store holds unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// An empty store.
    pub fn new() -> Self {
        Self {
            name: "memory".into(),
            capacity: Self::DEFAULT_CAPACITY,
            clock: Arc::new(SystemClock),
            carts: Arc::default(),
            locks: Arc::default(),
        }
    }

    /// The same store, holding at most `capacity` records, tombstones included.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// The same store, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn carts(&self) -> MutexGuard<'_, BTreeMap<CartKey, CartRecord>> {
        // No code panics while it holds the lock, and a map is whole after every step.
        self.carts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored(&self, carts: &BTreeMap<CartKey, CartRecord>, key: &CartKey) -> Stored {
        Stored::of(carts.get(key).cloned(), self.clock.now())
    }

    fn save_now(&self, request: &SaveRequest) -> Result<()> {
        let mut carts = self.carts();
        let stored = self.stored(&carts, &request.key);
        if request
            .expect
            .judge(request.record.header.version, &stored)?
            == Verdict::Write
        {
            self.make_room(&mut carts, &request.key)?;
            carts.insert(request.key.clone(), request.record.clone());
        }
        Ok(())
    }

    fn make_room(&self, carts: &mut BTreeMap<CartKey, CartRecord>, key: &CartKey) -> Result<()> {
        if carts.len() < self.capacity || carts.contains_key(key) {
            return Ok(());
        }
        let now = self.clock.now();
        carts.retain(|_, record| !record.is_expired(now));
        if carts.len() < self.capacity {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Full,
            "the store holds as many carts as it may: raise its capacity",
        ))
    }

    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_> {
        move |error| error.during(operation).in_store(&self.name)
    }
}

impl Default for MemoryCartStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl CartStore for MemoryCartStore {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Process;
        capabilities.durability = Durability::Memory;
        capabilities.expiry = Expiry::ReadFilter;
        capabilities.lock = true;
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Atomic;
        capabilities.scan = ScanSupport::Full;
        capabilities.visibility = Visibility::Process;
        StoreInfo {
            name: Arc::clone(&self.name),
            capabilities,
        }
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let mut carts = self.carts();
        let stored = self.stored(&carts, &request.key);
        let (Stored::Live(mut record), Some(renewed)) = (stored.clone(), request.renew) else {
            return Ok(stored);
        };
        // A renewal never takes time away: a claim may have given the cart more.
        let renewed = record
            .header
            .expires_at
            .map_or(renewed, |at| at.max(renewed));
        record.header.expires_at = Some(renewed);
        carts.insert(request.key.clone(), record.clone());
        Ok(Stored::Live(record))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        self.save_now(request).map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let failed = self.failed(Operation::SaveMany);
        Ok(batch
            .iter()
            .map(|request| self.save_now(request).map_err(&failed))
            .collect())
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let failed = self.failed(Operation::Rename);
        let mut carts = self.carts();
        let from = self.stored(&carts, &rename.from);
        let to = self.stored(&carts, &rename.to);
        if rename.judge(&from, &to).map_err(&failed)? == Verdict::Write {
            self.make_room(&mut carts, &rename.to).map_err(&failed)?;
            carts.insert(rename.from.clone(), rename.tombstone.clone());
            carts.insert(rename.to.clone(), rename.record.clone());
        }
        Ok(())
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            // What nobody holds or waits for is only in the map.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(locks.entry(key.clone()).or_default())
        };
        let held = lock.lock_arc().await;
        let stored = self.stored(&self.carts(), key);
        Ok(Box::new(MemoryLock {
            store: self.clone(),
            stored,
            _held: held,
        }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let now = self.clock.now();
        let carts = self.carts();
        // Keys are ordered by owner first; no instance comes before the shortest text.
        let first = CartKey::new(owner.clone(), Instance::new("\0")?);
        let of_owner = carts
            .range(first..)
            .take_while(|(key, _)| key.owner() == owner);
        let live = of_owner.filter(|(_, record)| !record.is_expired(now) && !record.is_tombstone());
        Ok(live.map(|(key, _)| key.instance().clone()).collect())
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let failed = self.failed(Operation::Scan);
        let after = match &request.cursor {
            Some(cursor) => {
                let position = cursor.position(&self.name, request).map_err(&failed)?;
                let key = str::from_utf8(position)
                    .ok()
                    .and_then(|text| CartKey::decode(text).ok());
                Bound::Excluded(key.ok_or_else(Cursor::refused).map_err(&failed)?)
            }
            None => Bound::Unbounded,
        };
        let now = self.clock.now();
        let carts = self.carts();
        let mut selected = carts
            .range((after, Bound::Unbounded))
            .filter(|(key, record)| !record.is_expired(now) && request.selects(key, record))
            .peekable();
        let entry = |(key, record): (&CartKey, &CartRecord)| {
            let parts = match request.detail {
                Detail::Headers => Parts::empty(),
                Detail::Records => record.parts.clone(),
            };
            ScanEntry {
                key: key.clone(),
                record: CartRecord {
                    header: record.header.clone(),
                    parts,
                },
            }
        };
        let entries: Vec<ScanEntry> = selected
            .by_ref()
            .take(request.page_size())
            .map(entry)
            .collect();
        let last = entries.last().filter(|_| selected.peek().is_some());
        let next = last.map(|last| Cursor::new(&self.name, request, last.key.encode()));
        Ok(ScanPage { entries, next })
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let now = self.clock.now();
        let mut carts = self.carts();
        let expired = carts.iter().filter(|(_, record)| record.is_expired(now));
        let keys: Vec<CartKey> = expired.take(limit).map(|(key, _)| key.clone()).collect();
        for key in &keys {
            carts.remove(key);
        }
        Ok(keys.len())
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        if let Some(record) = self.carts().get_mut(key)
            && record.header.version == version
        {
            record.header.marked = false;
        }
        Ok(())
    }

    async fn ping(&self) -> Result<Health> {
        Ok(Health::new(
            Durability::Memory,
            "in the memory of this process",
        ))
    }
}

/// Holds a cart's lock; other holders wait, while plain saves still go by the version.
#[derive(Debug)]
struct MemoryLock {
    store: MemoryCartStore,
    stored: Stored,
    _held: MutexGuardArc<()>,
}

#[async_trait]
impl CartLock for MemoryLock {
    fn stored(&self) -> &Stored {
        &self.stored
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        self.store
            .save_now(request)
            .map_err(self.store.failed(Operation::Lock))
    }
}
