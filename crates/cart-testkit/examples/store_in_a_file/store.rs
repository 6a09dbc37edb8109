//! Carts in a file, which every write replaces by a new one.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::{fs, io, path::Path};

use async_trait::async_trait;
use cart_core::{
    Capabilities, CartKey, CartLock, CartRecord, CartStore, Clock, Cursor, Detail, Durability,
    Error, ErrorKind, Health, Instance, LoadRequest, Operation, Owner, Parts, Rename,
    RenameSupport, Result, SaveRequest, ScanEntry, ScanPage, ScanRequest, ScanSupport, Scope,
    StoreInfo, Stored, Verdict, Version,
};
use tokio::sync::Mutex;

type Map = BTreeMap<CartKey, CartRecord>;

/// A store in a file, for one process. Clones are handles to the same carts.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: Arc<Path>,
    clock: Arc<dyn Clock>,
    carts: Arc<Mutex<Map>>,
}

impl FileStore {
    /// Opens the file; where there is none, the first write makes it.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let carts = read(path).map_err(failed(Operation::Open))?;
        let (path, carts) = (path.into(), Arc::new(Mutex::new(carts)));
        Ok(Self { path, clock, carts })
    }

    /// Writes the carts as they are to be, and only then lets others see them.
    fn replace(&self, operation: Operation, carts: &mut Map, fresh: Map) -> Result<()> {
        if *carts != fresh {
            write(&self.path, &fresh).map_err(failed(operation))?;
            *carts = fresh;
        }
        Ok(())
    }

    /// The rules of the contract decide what happens; what is left is to write.
    async fn put(&self, operation: Operation, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut carts = self.carts.lock().await;
        let mut fresh = carts.clone();
        let answers = batch.iter().map(|request| {
            let stored = Stored::of(fresh.get(&request.key).cloned(), self.clock.now());
            let verdict = request.expect.judge(request.record.header.version, &stored);
            if verdict.map_err(failed(operation))? == Verdict::Write {
                fresh.insert(request.key.clone(), request.record.clone());
            }
            Ok(())
        });
        let answers = answers.collect();
        let replaced = self.replace(operation, &mut carts, fresh);
        replaced.map(|()| answers)
    }
}

#[async_trait]
impl CartStore for FileStore {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Process;
        capabilities.durability = Durability::ProcessCrash;
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Atomic;
        capabilities.scan = ScanSupport::Full;
        let name = "file".into();
        StoreInfo { name, capabilities }
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let mut carts = self.carts.lock().await;
        let mut stored = Stored::of(carts.get(&request.key).cloned(), self.clock.now());
        if let (Stored::Live(record), Some(renewed)) = (&mut stored, request.renew) {
            // A renewal never takes time away.
            record.header.expires_at = record.header.expires_at.max(Some(renewed));
            let mut fresh = carts.clone();
            fresh.insert(request.key.clone(), record.clone());
            self.replace(Operation::Load, &mut carts, fresh)?;
        }
        Ok(stored)
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let answers = self.put(Operation::Save, std::slice::from_ref(request));
        answers.await?.into_iter().collect()
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        self.put(Operation::SaveMany, batch).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let mut carts = self.carts.lock().await;
        let stored = |key| Stored::of(carts.get(key).cloned(), self.clock.now());
        let verdict = rename.judge(&stored(&rename.from), &stored(&rename.to));
        let mut fresh = carts.clone();
        if verdict.map_err(failed(Operation::Rename))? == Verdict::Write {
            fresh.insert(rename.from.clone(), rename.tombstone.clone());
            fresh.insert(rename.to.clone(), rename.record.clone());
        }
        self.replace(Operation::Rename, &mut carts, fresh)
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        Err(failed(Operation::Lock)(Error::unsupported(Operation::Lock)))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let (carts, now) = (self.carts.lock().await, self.clock.now());
        let of_owner = carts.iter().filter(|(key, _)| key.owner() == owner);
        let live = of_owner.filter(|(_, record)| !record.is_expired(now) && !record.is_tombstone());
        Ok(live.map(|(key, _)| key.instance().clone()).collect())
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let start = position(request).map_err(failed(Operation::Scan))?;
        let (carts, now) = (self.carts.lock().await, self.clock.now());
        let mut selected = carts
            .range((start, Bound::Unbounded))
            .filter(|(key, record)| !record.is_expired(now) && request.selects(key, record))
            .map(|(key, record)| (key.clone(), record.clone()))
            .map(|(key, record)| ScanEntry { key, record });
        let mut entries: Vec<_> = selected.by_ref().take(request.page_size()).collect();
        let last = entries.last().filter(|_| selected.next().is_some());
        let next = last.map(|last| Cursor::new("file", request, last.key.encode()));
        if request.detail == Detail::Headers {
            let parts = entries.iter_mut().map(|entry| &mut entry.record.parts);
            parts.for_each(|parts| *parts = Parts::empty());
        }
        Ok(ScanPage { entries, next })
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let (mut carts, now) = (self.carts.lock().await, self.clock.now());
        let mut fresh = carts.clone();
        let expired = carts.iter().filter(|(_, record)| record.is_expired(now));
        let expired = expired.take(limit).map(|(key, _)| key);
        expired.for_each(|key| drop(fresh.remove(key)));
        let removed = carts.len() - fresh.len();
        let replaced = self.replace(Operation::Sweep, &mut carts, fresh);
        replaced.map(|()| removed)
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let mut carts = self.carts.lock().await;
        let mut fresh = carts.clone();
        let record = fresh.get_mut(key);
        if let Some(record) = record.filter(|record| record.header.version == version) {
            record.header.marked = false;
        }
        self.replace(Operation::Unmark, &mut carts, fresh)
    }

    async fn ping(&self) -> Result<Health> {
        read(&self.path).map_err(failed(Operation::Ping))?;
        Ok(Health::new(Durability::ProcessCrash, "carts in a file"))
    }
}

fn position(request: &ScanRequest) -> Result<Bound<CartKey>> {
    let Some(cursor) = &request.cursor else {
        return Ok(Bound::Unbounded);
    };
    let text = str::from_utf8(cursor.position("file", request)?).ok();
    let key = text.and_then(|text| CartKey::decode(text).ok());
    key.map(Bound::Excluded).ok_or_else(Cursor::refused)
}

fn write(path: &Path, carts: &Map) -> Result<()> {
    let named = carts.iter().map(|(key, record)| (key.encode(), record));
    let text = serde_json::to_vec(&named.collect::<BTreeMap<_, _>>()).map_err(|_| unreadable())?;
    let new = path.with_extension("new");
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| backend_error(&error))
}

fn read(path: &Path) -> Result<Map> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        bytes => bytes.map_err(|error| backend_error(&error))?,
    };
    let named: BTreeMap<String, CartRecord> =
        serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    let carts = named.into_iter();
    carts
        .map(|(name, record)| Ok((CartKey::decode(&name).map_err(|_| unreadable())?, record)))
        .collect()
}

/// What serde would say may quote what is in the carts.
fn unreadable() -> Error {
    Error::new(ErrorKind::Corrupt, "no carts: bring back a backup")
}

/// What an error of the backend means. No write was made: the old file is still there.
fn backend_error(error: &io::Error) -> Error {
    let (kind, text) = match error.kind() {
        io::ErrorKind::StorageFull => (ErrorKind::Full, "the disk is full: make room"),
        io::ErrorKind::PermissionDenied => (ErrorKind::Denied, "allow this user the file"),
        _ => (ErrorKind::Unavailable, "the file can't be read or written"),
    };
    Error::new(kind, text).with_source(io::Error::from(error.kind()))
}

fn failed(operation: Operation) -> impl Fn(Error) -> Error {
    move |error| error.during(operation).in_store(&"file".into())
}
