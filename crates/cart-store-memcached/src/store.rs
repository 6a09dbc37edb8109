//! The store: read, judge, and write what is still as it was read.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    Capabilities, CartKey, CartLock, CartRecord, CartStore, Clock, Durability, Error, ErrorKind,
    Expiry, Health, Instance, LoadRequest, Operation, Owner, Rename, Result, RetryClass,
    SaveRequest, ScanPage, ScanRequest, Scope, StoreInfo, Stored, SystemClock, Verdict, Version,
    Visibility,
};

use crate::config::MemcachedConfig;
use crate::failure::{Effect, Failure};
use crate::items;
use crate::pool::Pool;
use crate::reply::{self, Item, Reply};

/// What an item needs besides the parts and the ledger: the header, the key and Memcached's own. Of what is left,
/// the quotes in a part take twice their room.
const ROOM: usize = 8 << 10;
/// How often somebody else may be faster, who then has written.
const ATTEMPTS: usize = 1_000;
/// How many carts of an owner are asked for at once.
const BATCH: usize = 64;

/// Carts in Memcached. Clones are handles to the same connections.
#[derive(Clone, Debug)]
pub struct MemcachedCartStore {
    info: StoreInfo,
    pool: Arc<Pool>,
    prefix: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl MemcachedCartStore {
    /// Connects, and asks the server how it is set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when nobody answers, [`ErrorKind::Unprepared`] for a server
    /// without meta commands, [`ErrorKind::Denied`] for one that asks for a password.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, no store is open.
    pub async fn open(config: MemcachedConfig) -> Result<Self> {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Shared;
        capabilities.expiry = Expiry::Native;
        capabilities.marks = true;
        capabilities.remote = true;
        capabilities.visibility = Visibility::Shared;
        let mut store = Self {
            info: StoreInfo {
                name: "memcached".into(),
                capabilities,
            },
            pool: Arc::new(Pool::new(&config)),
            prefix: config.prefix.into(),
            clock: Arc::new(SystemClock),
        };
        let asked = store.ask_for_settings().await;
        let (is_evicting, largest_item) = asked.map_err(store.failed(Operation::Open))?;
        store.info.capabilities.evictable = is_evicting;
        store.info.capabilities.record_limit = Some(largest_item.saturating_sub(ROOM) / 2);
        Ok(store)
    }

    /// The same store, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether the server drops items when memory is short, and the largest item that it takes.
    async fn ask_for_settings(&self) -> Result<(bool, usize)> {
        let read = |failure: Failure| failure.classified(Effect::Reads);
        // A server without meta commands says so here.
        self.pool.lines(b"mn\r\n", "MN").await.map_err(read)?;
        let lines = self.pool.lines(b"stats settings\r\n", "END").await;
        let lines = lines.map_err(read)?;
        let value = |name: &str| {
            let mut lines = lines.iter().filter_map(|line| line.strip_prefix("STAT "));
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let largest_item = value("item_size_max").and_then(|size| size.parse().ok());
        let largest_item = largest_item.ok_or_else(|| read(Failure::Nonsense))?;
        Ok((value("evictions") != Some("off"), largest_item))
    }

    async fn items<const N: usize>(&self, names: [&str; N]) -> Result<[Option<Item>; N]> {
        let items = self.all_items(&names).await?;
        let wrong = |_| Failure::Nonsense.classified(Effect::Reads);
        items.try_into().map_err(wrong)
    }

    async fn all_items(&self, names: &[impl AsRef<str> + Sync]) -> Result<Vec<Option<Item>>> {
        let request = names.iter().map(|name| reply::get(name.as_ref()));
        let request: Vec<u8> = request.flatten().collect();
        let read = |failure: Failure| failure.classified(Effect::Reads);
        let replies = self.pool.ask(&request, names.len()).await.map_err(read)?;
        let item = |reply| match reply {
            Reply::Item(item) => Ok(Some(item)),
            Reply::Missing => Ok(None),
            _ => Err(read(Failure::Nonsense)),
        };
        replies.into_iter().map(item).collect()
    }

    /// Writes an item if it is still as it was read; whether it was.
    async fn put(&self, name: &str, data: &[u8], read: Option<&Item>, life: i64) -> Result<bool> {
        let request = reply::set(name, data, read.map(|item| item.token), life);
        let replies = self.pool.ask(&request, 1).await;
        match replies.as_deref() {
            Ok([Reply::Done]) => Ok(true),
            Ok([Reply::Changed]) => Ok(false),
            Ok(_) => Err(Failure::Nonsense.classified(Effect::Writes)),
            Err(_) => Err(replies
                .err()
                .unwrap_or(Failure::Nonsense)
                .classified(Effect::Writes)),
        }
    }

    async fn put_record(
        &self,
        name: &str,
        key: &CartKey,
        record: &CartRecord,
        read: Option<&Item>,
    ) -> Result<bool> {
        let life = items::lifetime(record.header.expires_at, self.clock.now());
        let data = items::written(key, record).map_err(|_| items::unreadable())?;
        self.put(name, &data, read, life).await
    }

    /// Writes the name of a cart down before the cart is there: a name without a cart is left out of
    /// lists, and a cart without its name would be.
    async fn enlist(&self, list: &str, instance: &Instance, read: Option<&Item>) -> Result<bool> {
        let mut names = items::names(read)?;
        if names.iter().any(|name| name == instance.as_str()) {
            return Ok(true);
        }
        names.push(instance.as_str().to_owned());
        let text = serde_json::json!(names).to_string();
        self.put(list, text.as_bytes(), read, 0).await
    }

    async fn save_now(&self, request: &SaveRequest) -> Result<()> {
        let SaveRequest {
            key,
            record,
            expect,
        } = request;
        self.check_size(record)?;
        let name = items::of_cart(&self.prefix, key);
        let list = items::of_owner(&self.prefix, key.owner());
        for _ in 0..ATTEMPTS {
            let [item, listed] = self.items([&name, &list]).await?;
            let now = self.clock.now();
            let stored = items::stored_for_write(item.as_ref(), key, now, *expect)?;
            if expect.judge(record.header.version, &stored)? == Verdict::Keep {
                return Ok(());
            }
            let is_listed = record.is_tombstone()
                || self.enlist(&list, key.instance(), listed.as_ref()).await?;
            if is_listed && self.put_record(&name, key, record, item.as_ref()).await? {
                return Ok(());
            }
        }
        Err(overrun())
    }

    async fn load_now(&self, request: &LoadRequest) -> Result<Stored> {
        let key = &request.key;
        let name = items::of_cart(&self.prefix, key);
        for _ in 0..ATTEMPTS {
            let [item] = self.items([&name]).await?;
            let mut stored = items::stored(item.as_ref(), key, self.clock.now())?;
            let (Stored::Live(record), Some(renewed)) = (&mut stored, request.renew) else {
                return Ok(stored);
            };
            let later = record.header.expires_at.max(Some(renewed));
            if record.header.expires_at == later {
                return Ok(stored);
            }
            record.header.expires_at = later;
            if self.put_record(&name, key, record, item.as_ref()).await? {
                return Ok(stored);
            }
        }
        Err(overrun())
    }

    async fn unmark_now(&self, key: &CartKey, version: Version) -> Result<()> {
        let name = items::of_cart(&self.prefix, key);
        for _ in 0..ATTEMPTS {
            let [item] = self.items([&name]).await?;
            let Some(mut record) = items::record(item.as_ref(), key)? else {
                return Ok(());
            };
            if record.header.version != version || !record.header.marked {
                return Ok(());
            }
            record.header.marked = false;
            if self.put_record(&name, key, &record, item.as_ref()).await? {
                return Ok(());
            }
        }
        Err(overrun())
    }

    async fn instances_now(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let list = items::of_owner(&self.prefix, owner);
        let [listed] = self.items([&list]).await?;
        let mut keys = Vec::new();
        for name in items::names(listed.as_ref())? {
            keys.push(CartKey::new(owner.clone(), Instance::new(name)?));
        }
        let mut instances = Vec::new();
        for keys in keys.chunks(BATCH) {
            let names = keys.iter().map(|key| items::of_cart(&self.prefix, key));
            let names: Vec<String> = names.collect();
            for (key, item) in keys.iter().zip(self.all_items(&names).await?) {
                let stored = items::stored(item.as_ref(), key, self.clock.now())?;
                if matches!(stored, Stored::Live(_)) {
                    instances.push(key.instance().clone());
                }
            }
        }
        Ok(instances)
    }

    fn check_size(&self, record: &CartRecord) -> Result<()> {
        let limit = self.info.capabilities.record_limit;
        if limit.is_none_or(|limit| record.size() <= limit) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            "the cart is larger than an item may be: make it smaller, or raise item_size_max",
        ))
    }

    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<> {
        let name = Arc::clone(&self.info.name);
        move |error| error.during(operation).in_store(&name)
    }

    fn unsupported<T>(&self, operation: Operation) -> Result<T> {
        Err(self.failed(operation)(Error::unsupported(operation)))
    }
}

fn overrun() -> Error {
    Error::new(
        ErrorKind::Busy,
        "too many others write this cart: try again in a moment",
    )
    .with_retry_class(RetryClass::NotApplied)
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for MemcachedCartStore {
    fn info(&self) -> StoreInfo {
        self.info.clone()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.load_now(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = self.save_now(request).await;
        saved.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            let saved = self.save_now(request).await;
            answers.push(saved.map_err(self.failed(Operation::SaveMany)));
        }
        Ok(answers)
    }

    async fn rename(&self, _rename: &Rename) -> Result<()> {
        self.unsupported(Operation::Rename)
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        self.unsupported(Operation::Lock)
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let instances = self.instances_now(owner).await;
        instances.map_err(self.failed(Operation::Instances))
    }

    async fn scan(&self, _request: &ScanRequest) -> Result<ScanPage> {
        self.unsupported(Operation::Scan)
    }

    /// Memcached removes what has expired by itself.
    async fn sweep(&self, _limit: usize) -> Result<usize> {
        Ok(0)
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let unmarked = self.unmark_now(key, version).await;
        unmarked.map_err(self.failed(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        let lines = self.pool.lines(b"version\r\n", "VERSION").await;
        let read = |failure: Failure| failure.classified(Effect::Reads);
        let lines = lines.map_err(read).map_err(self.failed(Operation::Ping))?;
        let version = lines.concat().replace("VERSION", "Memcached");
        Ok(Health::new(Durability::Memory, version))
    }
}
