//! The store.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Clock, Error, ErrorKind, Health, Instance,
    LoadRequest, Operation, Owner, Rename, Result, SaveRequest, ScanPage, ScanRequest, StoreInfo,
    Stored, Timestamp, Version,
};

use crate::capability::{RECORD_LIMIT, capabilities};
use crate::config::CacheConfig;
use crate::connection::Servers;
use crate::failure::Failure;
use crate::key::{Place, Prefix};
use crate::statistics::{Counters, Statistics};

/// Keeps carts in Redis or Valkey: on one server, behind sentinels, or in a cluster.
///
/// A load, a save, a deletion and, outside a cluster, a rename are one round trip each. Clones are
/// handles to the same connections, which belong to the runtime in which they were opened.
#[derive(Clone)]
pub struct CacheCartStore {
    pub(crate) shared: Arc<Shared>,
}

/// What the handles of one store share.
pub(crate) struct Shared {
    info: StoreInfo,
    /// What cursors are bound to: the store and its prefix.
    pub(crate) scope: String,
    pub(crate) prefix: Prefix,
    pub(crate) servers: Servers,
    pub(crate) counters: Arc<Counters>,
    clock: Arc<dyn Clock>,
}

/// The name that the store's errors, metrics and reports carry.
const NAME: &str = "redis";

impl CacheCartStore {
    /// Connects to the servers that `config` describes.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Unavailable`]: no server can be reached, or none answers in time;
    /// - [`ErrorKind::Denied`]: they know no such user or password, or it may not do what the store
    ///   needs;
    /// - [`ErrorKind::Unprepared`]: there is no such database, or no primary of this name;
    /// - [`ErrorKind::Invalid`]: a setting that makes no sense.
    ///
    /// # Cancel safety
    ///
    /// Nothing stays open.
    pub async fn open(config: CacheConfig) -> Result<Self> {
        let failed = |failure: Failure| {
            let error = failure.into_error();
            error.during(Operation::Open).in_store(&NAME.into())
        };
        // Without a type of its own, so that the client's many layers stay out of the caller's.
        let starting: Pin<Box<dyn Future<Output = Result<Self, Failure>> + Send>> =
            Box::pin(Self::start(config));
        starting.await.map_err(failed)
    }

    async fn start(config: CacheConfig) -> Result<Self, Failure> {
        let settings = config.into_settings();
        let counters = Arc::new(Counters::default());
        let servers = Servers::open(&settings, Arc::clone(&counters)).await?;
        let profile = servers.profile().await?;
        let shared = Shared {
            info: StoreInfo {
                name: NAME.into(),
                capabilities: capabilities(&profile, servers.is_cluster()),
            },
            scope: format!("{NAME}/{}", settings.prefix),
            prefix: settings.prefix,
            servers,
            counters,
            clock: settings.clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// What the store has seen since it was opened.
    pub fn statistics(&self) -> Statistics {
        self.shared.counters.read()
    }

    pub(crate) fn place(&self, key: &CartKey) -> Place {
        Place::of(&self.shared.prefix, key)
    }

    pub(crate) fn servers(&self) -> &Servers {
        &self.shared.servers
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Whether the servers may drop values for want of memory, as far as they told at first.
    pub(crate) fn may_evict(&self) -> bool {
        self.shared.info.capabilities.evictable
    }

    pub(crate) fn failed(&self, operation: Operation) -> impl Fn(Failure) -> Error + use<'_> {
        move |failure| {
            let error = failure.into_error();
            error.during(operation).in_store(&self.shared.info.name)
        }
    }

    async fn try_ping(&self) -> Result<Health, Failure> {
        let profile = self.servers().profile().await?;
        Ok(Health::new(profile.durability, profile.description))
    }
}

/// Refuses what is larger than the store takes.
pub(crate) fn check_size(record: &CartRecord) -> Result<(), Failure> {
    if record.size() <= RECORD_LIMIT {
        return Ok(());
    }
    let message = format!(
        "the cart is larger than {} KiB: remove items or metadata",
        RECORD_LIMIT / 1024
    );
    Err(Error::new(ErrorKind::TooLarge, message).into())
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for CacheCartStore {
    fn info(&self) -> StoreInfo {
        self.shared.info.clone()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.try_load(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = self.try_save(request).await;
        saved.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        Ok(self.try_save_many(batch).await)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let renamed = self.try_rename(rename).await;
        renamed.map_err(self.failed(Operation::Rename))
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        Err(Error::unsupported(Operation::Lock).in_store(&self.shared.info.name))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let found = self.try_instances(owner).await;
        found.map_err(self.failed(Operation::Instances))
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let page = self.try_scan(request).await;
        page.map_err(self.failed(Operation::Scan))
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let swept = self.try_sweep(limit).await;
        swept.map_err(self.failed(Operation::Sweep))
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let unmarked = self.try_unmark(key, version).await;
        unmarked.map_err(self.failed(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        let health = self.try_ping().await;
        health.map_err(self.failed(Operation::Ping))
    }
}

impl fmt::Debug for CacheCartStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CacheCartStore")
            .field("info", &self.shared.info)
            .finish_non_exhaustive()
    }
}
