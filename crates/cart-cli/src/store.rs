//! Which store, and how it is opened.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    CartStore, Carts, Configuration, Error, ErrorKind, OpenRequest, Result, Retention,
    StoreFactory, StoreRegistry, StoreUrl,
};
use cart_layers::{Layers, RetryPolicy, Timeout};
use cart_store_cache::{CacheCartStore, CacheConfig, CacheFactory};
use cart_store_db::{Database, History, SqliteConfig, SqliteFactory};
use cart_store_session::FileFactory;

use crate::databases::{DATABASES, Schema};

/// The variable that chooses the store.
const STORAGE: &str = "CART_STORAGE";

/// Whether a store that isn't there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is.
    Create,
    /// That is an error: somebody wants to see what is in it.
    Existing,
}

/// Where the carts are, and how they are set up there.
#[derive(Debug)]
pub(crate) struct Place {
    /// The URL of the store; without one, the configuration chooses.
    url: Option<StoreUrl>,
    /// The settings that the environment gives.
    pub(crate) configuration: Configuration,
    /// Opens SQLite's files, and knows when they are closed again.
    pub(crate) sqlite: SqliteFactory,
}

impl Place {
    /// The place that `--store` and the environment describe: `store` is a URL, or the name of a
    /// store that `variables` configure.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a variable that makes no sense, naming its key.
    pub(crate) fn new(
        store: StoreUrl,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self> {
        let is_url = store.as_str().contains(':');
        let name = (!is_url).then(|| (STORAGE.to_owned(), store.as_str().to_owned()));
        let others = variables.filter(|(variable, _)| variable != STORAGE);
        let configuration = Configuration::default().with_variables(others.chain(name))?;
        Ok(Self {
            url: is_url.then_some(store),
            configuration,
            sqlite: SqliteFactory::new(),
        })
    }

    /// Opens the carts, with time limits and retries around the store.
    pub(crate) async fn open(&self, access: Access) -> Result<Carts> {
        let sessions = Accessed(access, Arc::new(FileFactory::new()));
        let mut registry = StoreRegistry::new().with("file", Arc::new(Patient(sessions)));
        for database in &DATABASES {
            for scheme in database.schemes {
                let factory = Accessed(access, (database.factory)(self));
                registry = registry.with(*scheme, Arc::new(Patient(factory)));
            }
        }
        for scheme in CacheFactory::SCHEMES {
            registry = registry.with(scheme, Arc::new(Patient(CacheFactory::new())));
        }
        let carts = match &self.url {
            Some(url) => {
                let store = registry.open(url.clone()).await?;
                let carts = Carts::builder(store).limits(self.configuration.limits);
                match self.configuration.deletion.keep_days {
                    0 => carts,
                    days => carts.keep_deleted(Retention::of_days(days)),
                }
            }
            None => registry.configure(&self.configuration).await?,
        };
        carts.require(&[])
    }

    /// The schema in the database.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a store that has none.
    pub(crate) fn schema(&self) -> Result<Box<dyn Schema>> {
        let none = || {
            let message = "this store has no schema: only databases do";
            Error::new(ErrorKind::Unsupported, message)
        };
        let (url, table) = match &self.url {
            Some(url) => (url.clone(), None),
            None if self.is_elsewhere() => return Err(none()),
            None => (
                self.configuration.connection()?,
                Some(self.configuration.database.table.as_str()),
            ),
        };
        let scheme = url.scheme();
        let mut databases = DATABASES.iter();
        let database = databases.find(|database| database.schemes.contains(&scheme));
        let database = database.ok_or_else(none)?;
        (database.schema)(&url, table)
    }

    /// The database that the carts are in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a store that is no SQL database, and what opening it meets.
    pub(crate) async fn database(&self) -> Result<Database> {
        let (url, table) = match &self.url {
            Some(url) => (url.clone(), None),
            None => (
                self.configuration.connection()?,
                Some(self.configuration.database.table.parse()?),
            ),
        };
        if url.scheme() != "sqlite" {
            return Database::open(&url, table).await;
        }
        let mut config: SqliteConfig = url.as_str().parse()?;
        if let Some(table) = table {
            config = config.with_table(table);
        }
        self.sqlite.database(config.with_create_schema(false)).await
    }

    /// The cache that the carts are in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a store that is none, and what opening it meets.
    pub(crate) async fn cache(&self) -> Result<CacheCartStore> {
        let (url, prefix) = match &self.url {
            Some(url) => (url.clone(), None),
            None if self.configuration.storage == "cache" => (
                self.configuration.cache_url()?,
                Some(self.configuration.cache.prefix.parse()?),
            ),
            None => return Err(no_cache()),
        };
        if !CacheFactory::SCHEMES.contains(&url.scheme()) {
            return Err(no_cache());
        }
        let mut config: CacheConfig = url.as_str().parse()?;
        if let Some(prefix) = prefix {
            config = config.with_prefix(prefix);
        }
        CacheCartStore::open(config).await
    }

    /// Whether the configuration chooses a store that is no SQL database.
    fn is_elsewhere(&self) -> bool {
        self.url.is_none() && self.configuration.storage != "database"
    }

    /// After how long untouched carts expire, where the configuration says so.
    pub(crate) fn time_to_live(&self) -> Option<Duration> {
        let is_cache = self.url.is_none() && self.configuration.storage == "cache";
        let seconds = u64::try_from(self.configuration.cache.ttl).ok();
        seconds.filter(|_| is_cache).map(Duration::from_secs)
    }

    /// The history of the carts, where the store can have one.
    pub(crate) async fn history(&self) -> Result<Option<History>> {
        if self.is_elsewhere() {
            return Ok(None);
        }
        match self.database().await {
            Ok(database) => Ok(Some(database.history())),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn no_cache() -> Error {
    let message = "this store is no cache: only carts in Redis or Valkey are flushed";
    Error::new(ErrorKind::Unsupported, message)
}

/// Opens databases and folders that are there, unless missing ones may be made.
#[derive(Debug)]
struct Accessed(Access, Arc<dyn StoreFactory>);

#[async_trait]
impl StoreFactory for Accessed {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut request = request.clone();
        if self.0 == Access::Existing {
            request.url = existing(&request.url);
        }
        self.1.open(&request).await
    }
}

/// The URL of a database or a folder that must be there, unless it says itself what is to be done
/// about that. One in memory never is.
fn existing(url: &StoreUrl) -> StoreUrl {
    let option = match url.scheme() {
        "file" => "create=",
        _ => "create_schema=",
    };
    let text = url.as_str();
    if text.contains(":memory:") || text.contains(option) {
        return url.clone();
    }
    let separator = if text.contains('?') { '&' } else { '?' };
    format!("{text}{separator}{option}false").into()
}

/// Puts time limits and retries around whatever is opened.
#[derive(Debug)]
struct Patient<F>(F);

#[async_trait]
impl<F: StoreFactory> StoreFactory for Patient<F> {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let timeout = time_limits();
        let store = timeout.open(self.0.open(request)).await?;
        let layers = Layers::new(store)
            .timeout(timeout)
            .retry(RetryPolicy::default());
        Ok(Arc::new(layers.into_store()))
    }
}

/// Who types a command can wait: longer than the stores themselves wait for others, so that their
/// own errors, which tell what is in the way, come first.
fn time_limits() -> Timeout {
    let mut timeout = Timeout::default();
    timeout.read = Duration::from_secs(10);
    timeout.write = Duration::from_secs(10);
    timeout.bulk = Duration::from_secs(60);
    timeout
}
