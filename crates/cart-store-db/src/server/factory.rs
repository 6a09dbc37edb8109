//! From a URL, or the `database` section, to a store.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Error, ErrorKind, OpenRequest, Result, StoreFactory};

use super::config::ServerConfig;
use super::driver::Server;
use super::store::ServerCartStore;

/// Opens stores on one kind of server in a [`StoreRegistry`](cart_core::StoreRegistry), alone or
/// as the connection of the `database` section, whose `table` it then uses:
/// [`PostgresFactory`](crate::PostgresFactory) is one.
#[derive(Clone, Copy, Debug)]
pub struct ServerFactory<S>(PhantomData<fn() -> S>);

impl<S> ServerFactory<S> {
    /// A factory.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S> Default for ServerFactory<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// The settings that stand in a section beside the table, and that others act upon.
const OF_OTHERS: [&str; 3] = ["connection", "lock_for_update", "url"];

#[async_trait]
impl<S: Server> StoreFactory for ServerFactory<S> {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut config: ServerConfig<S> = request.url.as_str().parse()?;
        for (key, value) in request.section.as_object().into_iter().flatten() {
            match (key.as_str(), value.as_str()) {
                ("table", Some(table)) => config = config.with_table(table.parse()?),
                (key, _) if OF_OTHERS.contains(&key) => {}
                (key, _) => {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("{}: the setting `{key}` is unknown, or is no text", S::NAME),
                    ));
                }
            }
        }
        let config = config.with_clock(Arc::clone(&request.clock));
        Ok(Arc::new(ServerCartStore::open(config).await?))
    }
}
