//! Which store, and how it is opened.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    CartStore, Carts, Configuration, Error, ErrorKind, OpenRequest, Result, StoreFactory,
    StoreRegistry, StoreUrl,
};
use cart_layers::{Layers, RetryPolicy, Timeout};
use cart_store_db::{SqliteConfig, SqliteFactory, SqliteSchema};

/// The scheme of SQLite's URLs.
const SQLITE: &str = "sqlite";
/// The variable that chooses the store.
const STORAGE: &str = "CART_STORAGE";

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
    pub(crate) async fn open(&self) -> Result<Carts> {
        let registry = StoreRegistry::new().with(SQLITE, Arc::new(Patient(self.sqlite.clone())));
        let carts = match &self.url {
            Some(url) => {
                let store = registry.open(url.clone()).await?;
                Carts::builder(store).limits(self.configuration.limits)
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
    pub(crate) fn schema(&self) -> Result<SqliteSchema> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => self.configuration.connection()?,
        };
        if url.scheme() != SQLITE {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this store has no schema: only databases do",
            ));
        }
        let config: SqliteConfig = url.as_str().parse()?;
        Ok(SqliteSchema::new(match &self.url {
            Some(_) => config,
            None => config.with_table(self.configuration.database.table.parse()?),
        }))
    }
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
