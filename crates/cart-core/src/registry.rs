//! From a URL or a configuration to a store.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::carts::{Carts, CartsBuilder, ExpiryPolicy, Retention};
use crate::configuration::{Configuration, StoreUrl};
use crate::memory::MemoryCartStore;
use crate::storage::{CartStore, Error, ErrorKind, Instance, Operation, Requirement, Result};
use crate::time::{Clock, SystemClock};

/// Opens stores of one kind.
#[async_trait]
pub trait StoreFactory: Debug + Send + Sync + 'static {
    /// Opens the store that `request` describes, or says what is wrong with it.
    ///
    /// Settings that the store does not know are an error, never ignored.
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>>;
}

/// What a [`StoreFactory`] is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenRequest {
    /// Where the store is. May hold a password.
    pub url: StoreUrl,
    /// The store's section of the configuration; null when it was opened by URL alone.
    pub section: Value,
    /// What the store tells the time by.
    pub clock: Arc<dyn Clock>,
}

/// The kinds of store that a program can open, each under the scheme of its URLs.
///
/// A program builds its own; there is no global one. `memory:` is in it from the start.
///
/// ```
/// use cart_core::StoreRegistry;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cart_core::Error> {
/// let store = StoreRegistry::new().open("memory:").await?;
/// assert_eq!(&*store.info().name, "memory");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StoreRegistry {
    clock: Arc<dyn Clock>,
    factories: BTreeMap<String, Arc<dyn StoreFactory>>,
}

impl StoreRegistry {
    /// A registry that knows `memory:`.
    pub fn new() -> Self {
        let registry = Self {
            clock: Arc::new(SystemClock),
            factories: BTreeMap::new(),
        };
        registry.with("memory", Arc::new(MemoryFactory))
    }

    /// The same registry, whose stores tell the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same registry, opening URLs of `scheme`, and the custom store of that name, by
    /// `factory`.
    #[must_use]
    pub fn with(mut self, scheme: impl Into<String>, factory: Arc<dyn StoreFactory>) -> Self {
        self.factories.insert(scheme.into(), factory);
        self
    }

    /// The schemes that can be opened, in order.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// Opens the store at `url`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a scheme that nobody registered; what the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, no store is open.
    pub async fn open(&self, url: impl Into<StoreUrl>) -> Result<Arc<dyn CartStore>> {
        let url = url.into();
        self.open_as(url.scheme(), &url, Value::Null).await
    }

    /// Opens the store that `configuration` chooses.
    ///
    /// # Errors
    ///
    /// As [`StoreRegistry::open`]; [`ErrorKind::Invalid`], naming the key, for a configuration that
    /// chooses none.
    ///
    /// # Cancel safety
    ///
    /// As [`StoreRegistry::open`].
    pub async fn open_configured(
        &self,
        configuration: &Configuration,
    ) -> Result<Arc<dyn CartStore>> {
        match &*configuration.storage {
            "cache" => {
                let url = configuration.cache_url()?;
                // Until when a cart lives is decided here, and the memory store has no prefix.
                let section = match url.scheme() {
                    "memory" => Value::Null,
                    _ => serde_json::json!({ "prefix": configuration.cache.prefix }),
                };
                self.open_as(url.scheme(), &url, section).await
            }
            "database" => {
                let url = configuration.connection()?;
                self.open_as(url.scheme(), &url, section(&configuration.database)?)
                    .await
            }
            "session" => {
                let url = StoreUrl::from("session:");
                self.open_as("session", &url, section(&configuration.session)?)
                    .await
            }
            custom => {
                let section = configuration
                    .custom
                    .get(custom)
                    .cloned()
                    .unwrap_or_default();
                let url = section.get("url").and_then(Value::as_str).unwrap_or(custom);
                self.open_as(custom, &url.into(), section.clone()).await
            }
        }
    }

    /// Opens the store that `configuration` chooses, and sets up the carts in it: limits, locking,
    /// expiry.
    ///
    /// # Errors
    ///
    /// As [`StoreRegistry::open_configured`].
    ///
    /// # Cancel safety
    ///
    /// As [`StoreRegistry::open`].
    pub async fn configure(&self, configuration: &Configuration) -> Result<CartsBuilder> {
        let store = self.open_configured(configuration).await?;
        let mut carts = Carts::builder(store)
            .clock(Arc::clone(&self.clock))
            .limits(configuration.limits)
            .events(configuration.events);
        if configuration.storage == "database" {
            let lock = configuration.database.lock_for_update;
            if lock {
                carts.info().require(&[Requirement::Lock])?;
            }
            carts = carts.lock_for_update(lock);
        }
        if configuration.deletion.keep_days > 0 {
            let kept = Retention::of_days(configuration.deletion.keep_days);
            carts = carts.keep_deleted(kept);
        }
        if configuration.storage == "cache" {
            let cache = &configuration.cache;
            let expiry = |seconds: i64| {
                let seconds = u64::try_from(seconds).unwrap_or(1);
                ExpiryPolicy::after(Duration::from_secs(seconds), cache.renew_on)
            };
            carts = carts.expiry(expiry(cache.ttl));
            for (instance, seconds) in &cache.ttl_of {
                carts = carts.expiry_of(Instance::new(&**instance)?, expiry(*seconds));
            }
        }
        Ok(carts)
    }

    async fn open_as(
        &self,
        name: &str,
        url: &StoreUrl,
        section: Value,
    ) -> Result<Arc<dyn CartStore>> {
        let Some(factory) = self.factories.get(name) else {
            let known: Vec<&str> = self.schemes().collect();
            let message = format!(
                "no store is registered under `{name}`: known are {}",
                known.join(", ")
            );
            return Err(Error::new(ErrorKind::Invalid, message).during(Operation::Open));
        };
        let (url, clock) = (url.clone(), Arc::clone(&self.clock));
        factory
            .open(&OpenRequest {
                url,
                section,
                clock,
            })
            .await
            .map_err(|error| error.during(Operation::Open))
    }
}

impl Default for StoreRegistry {
    fn default() -> Self {
        Self::new()
    }
}

fn section(section: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(section).map_err(|error| {
        Error::new(
            ErrorKind::Unexpected,
            "a section of the configuration is no JSON",
        )
        .with_source(error)
    })
}

/// Opens `memory:`.
#[derive(Debug)]
struct MemoryFactory;

#[async_trait]
impl StoreFactory for MemoryFactory {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        if request.url.as_str() != "memory:" {
            return Err(Error::new(
                ErrorKind::Invalid,
                "write `memory:`: it has no settings",
            ));
        }
        Ok(Arc::new(
            MemoryCartStore::new().with_clock(Arc::clone(&request.clock)),
        ))
    }
}
