//! Watches clients at work.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Error, Expect, Header, Health, Instance, LoadRequest,
    Operation, Owner, Parts, Rename, Result, RetryClass, SaveRequest, ScanPage, ScanRequest,
    StoreInfo, Stored, Version,
};

use super::event::{Action, Answer, Content, Digest, Event, Found, Write};

/// Collects what clients do, by one clock for all of them. Clones collect into the same history.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Log>);

#[derive(Debug)]
struct Log {
    time: Time,
    clients: AtomicU32,
    events: Mutex<Vec<Event>>,
}

/// What tells the nanoseconds.
#[derive(Clone, Copy, Debug)]
enum Time {
    Since(Instant),
    Told(fn() -> u64),
}

impl Log {
    fn now(&self) -> u64 {
        match self.time {
            Time::Since(start) => u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Time::Told(clock) => clock(),
        }
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        // A push either happens or doesn't.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// A recorder with an empty history.
    pub fn new() -> Self {
        Self::by(Time::Since(Instant::now()))
    }

    /// The same, telling the time by `clock`: nanoseconds that never go back.
    ///
    /// For histories of several processes, which [`merge`](super::merge) makes one of: the clock
    /// has to be one for all of them, as `CLOCK_MONOTONIC` is on one machine.
    pub fn with_clock(clock: fn() -> u64) -> Self {
        Self::by(Time::Told(clock))
    }

    fn by(time: Time) -> Self {
        Self(Arc::new(Log {
            time,
            clients: AtomicU32::new(0),
            events: Mutex::default(),
        }))
    }

    /// The store as one more client sees it: every load and save is recorded.
    pub fn watch(&self, store: Arc<dyn CartStore>) -> Watched {
        Watched {
            client: self.0.clients.fetch_add(1, Ordering::Relaxed),
            log: Arc::clone(&self.0),
            store,
        }
    }

    /// What has been recorded so far. Operations under way are not part of it.
    pub fn history(&self) -> Vec<Event> {
        self.0.events().clone()
    }

    /// What has been recorded so far, which leaves the recorder empty.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.events())
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// A store whose loads and saves are recorded, made by [`Recorder::watch`].
///
/// A load that fails says nothing and is left out. A save that is dropped before its answer came
/// is recorded as one of unknown outcome. Taking a lock is recorded as the load that it is, and the
/// save that ends it as any other. What a history can't tell is refused as
/// [`ErrorKind::Unsupported`](cart_core::ErrorKind::Unsupported): `rename`, and saves that expect
/// `Older` or `Any`.
#[derive(Clone, Debug)]
pub struct Watched {
    client: u32,
    log: Arc<Log>,
    store: Arc<dyn CartStore>,
}

impl Watched {
    fn refuse(&self, operation: Operation) -> Error {
        Error::unsupported(operation).in_store(&self.info().name)
    }

    fn open(&self, request: &SaveRequest) -> Result<OpenSave<'_>> {
        let expected = match request.expect {
            Expect::Absent => None,
            Expect::Version(version) => Some(version),
            Expect::Any | Expect::Older => return Err(self.refuse(Operation::Save)),
        };
        let write = Write {
            version: request.record.header.version,
            content: content(&request.record),
            expected,
        };
        Ok(OpenSave {
            watched: self,
            key: request.key.encode(),
            write,
            answer: Answer::Unknown,
            called: self.log.now(),
        })
    }

    fn push(&self, key: String, called: u64, action: Action) {
        let event = Event {
            client: self.client,
            key,
            called,
            returned: self.log.now(),
            action,
        };
        self.log.events().push(event);
    }

    fn push_load(&self, key: &CartKey, called: u64, stored: &Stored) {
        let found = match stored {
            Stored::Missing => Found::Missing,
            Stored::Tombstone(version) => Found::Stored {
                version: *version,
                content: Content::Tombstone,
            },
            Stored::Live(record) => Found::Stored {
                version: record.header.version,
                content: content(record),
            },
        };
        self.push(key.encode(), called, Action::Load { found });
    }
}

/// A lock whose save is recorded.
#[derive(Debug)]
struct WatchedLock {
    watched: Watched,
    lock: Box<dyn CartLock>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartLock for WatchedLock {
    fn stored(&self) -> &Stored {
        self.lock.stored()
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let Self { watched, lock } = *self;
        let open = watched.open(request)?;
        let result = lock.save(request).await;
        open.close(&result);
        result
    }
}

/// A save under way; recorded when it is answered, or given up.
#[derive(Debug)]
struct OpenSave<'a> {
    watched: &'a Watched,
    key: String,
    write: Write,
    answer: Answer,
    called: u64,
}

impl OpenSave<'_> {
    fn close(mut self, result: &Result<()>) {
        self.answer = match result {
            Ok(()) => Answer::Acknowledged,
            Err(error) => match (error.conflict(), error.retry_class()) {
                // Also a conflict, when a layer had tried before and can't tell whether its own write was in the way.
                (_, RetryClass::OutcomeUnknown) => Answer::Unknown,
                (Some(conflict), _) => Answer::Conflict {
                    actual: conflict.actual(),
                    live: conflict.live(),
                },
                (None, RetryClass::NotApplied | RetryClass::Permanent) => Answer::Failed,
            },
        };
    }
}

impl Drop for OpenSave<'_> {
    fn drop(&mut self) {
        let action = Action::Save {
            write: self.write,
            answer: self.answer,
        };
        self.watched
            .push(std::mem::take(&mut self.key), self.called, action);
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for Watched {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let called = self.log.now();
        let stored = self.store.load(request).await?;
        self.push_load(&request.key, called, &stored);
        Ok(stored)
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let open = self.open(request)?;
        let result = self.store.save(request).await;
        open.close(&result);
        result
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let open = batch
            .iter()
            .map(|request| self.open(request))
            .collect::<Result<Vec<_>>>()?;
        let results = self.store.save_many(batch).await?;
        for (open, result) in open.into_iter().zip(&results) {
            open.close(result);
        }
        Ok(results)
    }

    async fn rename(&self, _: &Rename) -> Result<()> {
        Err(self.refuse(Operation::Rename))
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let called = self.log.now();
        let lock = self.store.lock(key).await?;
        self.push_load(key, called, lock.stored());
        Ok(Box::new(WatchedLock {
            watched: self.clone(),
            lock,
        }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        self.store.instances(owner).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        self.store.scan(request).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.store.sweep(limit).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        self.store.unmark(key, version).await
    }

    async fn ping(&self) -> Result<Health> {
        self.store.ping().await
    }
}

fn content(record: &CartRecord) -> Content {
    if record.is_tombstone() {
        Content::Tombstone
    } else {
        Content::Live(digest(record))
    }
}

/// The digest of a record. Taking it apart field by field keeps a new field from being forgotten.
fn digest(record: &CartRecord) -> Digest {
    let Header {
        version,
        state,
        format,
        created_at,
        updated_at,
        expires_at,
        marked,
        summary,
        ledger,
    } = &record.header;
    let Parts {
        items,
        conditions,
        metadata,
    } = &record.parts;
    let mut hasher = DefaultHasher::new();
    (
        version, state, format, created_at, updated_at, expires_at, marked,
    )
        .hash(&mut hasher);
    format!("{summary:?}").hash(&mut hasher);
    for part in [ledger, items, conditions, metadata] {
        part.as_str().hash(&mut hasher);
    }
    Digest(hasher.finish())
}
