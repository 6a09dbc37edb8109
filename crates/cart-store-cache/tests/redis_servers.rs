//! The store keeps the whole contract behind sentinels, and in a cluster.

mod harness;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::{Options, Redis, RedisCluster, RedisSentinel};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};
use tokio::sync::OnceCell;

use harness::{damage, open, place};

cart_testkit::main!(
    Shared::<RedisSentinel>::new(),
    Shared::<RedisCluster>::new(),
);

/// Starts stores on servers that all of them share, each under a prefix of its own.
struct Shared<S> {
    servers: OnceCell<Arc<S>>,
    started: AtomicU64,
}

impl<S> Shared<S> {
    const fn new() -> Self {
        Self {
            servers: OnceCell::const_new(),
            started: AtomicU64::new(0),
        }
    }
}

/// Several servers that work together.
#[async_trait]
trait Servers: Send + Sync + Sized + 'static {
    const NAME: &'static str;

    async fn started() -> Result<Self, HarnessError>;

    fn address(&self) -> String;

    /// The one that takes writes to a key.
    async fn primary_of_key(&self, key: &str) -> Result<&Redis, HarnessError>;
}

#[async_trait]
impl Servers for RedisCluster {
    const NAME: &'static str = "redis-cluster";

    async fn started() -> Result<Self, HarnessError> {
        Ok(Self::start(Options::new()).await?)
    }

    fn address(&self) -> String {
        self.url()
    }

    async fn primary_of_key(&self, key: &str) -> Result<&Redis, HarnessError> {
        let question = ["CLUSTER", "KEYSLOT", key];
        let slot = self.nodes()[0].command(&question).await?.parse()?;
        Ok(self.primary_of(slot).await?)
    }
}

#[async_trait]
impl Servers for RedisSentinel {
    const NAME: &'static str = "redis-sentinel";

    async fn started() -> Result<Self, HarnessError> {
        Ok(Self::start(Options::new()).await?)
    }

    fn address(&self) -> String {
        self.url()
    }

    async fn primary_of_key(&self, _key: &str) -> Result<&Redis, HarnessError> {
        Ok(self.primary().await?)
    }
}

/// A store under its prefix, and the servers that it is on.
struct OnServers<S> {
    servers: Arc<S>,
    prefix: String,
    clock: Arc<dyn Clock>,
    store: CacheCartStore,
}

#[async_trait]
impl<S: Servers> Harness for Shared<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let starting = async || S::started().await.map(Arc::new);
        let servers = Arc::clone(self.servers.get_or_try_init(starting).await?);
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("cart-{number}");
        let store = open(&servers.address(), &prefix, &clock).await?;
        Ok(Box::new(OnServers {
            servers,
            prefix,
            clock,
            store,
        }))
    }
}

#[async_trait]
impl<S: Servers> Fixture for OnServers<S> {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let store = open(&self.servers.address(), &self.prefix, &self.clock).await?;
        Ok(Arc::new(store))
    }

    async fn damage(&self, key: &CartKey, kind: Damage) -> Result<(), HarnessError> {
        let key = place(&self.prefix, key);
        damage(self.servers.primary_of_key(&key).await?, &key, kind).await
    }
}
