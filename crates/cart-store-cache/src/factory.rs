//! From a URL, or the `cache` section, to a store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, OpenRequest, Result, StoreFactory};

use crate::config::{CacheConfig, invalid};
use crate::store::CacheCartStore;

/// Opens stores in Redis or Valkey in a [`StoreRegistry`](cart_core::StoreRegistry), by URL alone or
/// for the `cache` section, whose `prefix` it then uses. It is to be registered under each of its
/// [`CacheFactory::SCHEMES`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CacheFactory;

impl CacheFactory {
    /// The schemes of the URLs that it opens.
    pub const SCHEMES: [&'static str; 14] = [
        "redis",
        "redis+unix",
        "redis-cluster",
        "redis-sentinel",
        "rediss",
        "rediss-cluster",
        "rediss-sentinel",
        "valkey",
        "valkey+unix",
        "valkey-cluster",
        "valkey-sentinel",
        "valkeys",
        "valkeys-cluster",
        "valkeys-sentinel",
    ];

    /// A factory.
    pub const fn new() -> Self {
        Self
    }
}

/// The settings that stand in a section beside the prefix, and that others act upon.
const OF_OTHERS: [&str; 3] = ["store", "ttl", "url"];

#[async_trait]
impl StoreFactory for CacheFactory {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut config: CacheConfig = request.url.as_str().parse()?;
        for (key, value) in request.section.as_object().into_iter().flatten() {
            match (key.as_str(), value.as_str()) {
                ("prefix", Some(prefix)) => config = config.with_prefix(prefix.parse()?),
                (key, _) if OF_OTHERS.contains(&key) => {}
                (key, _) => {
                    let message = format!("cache: the setting `{key}` is unknown, or is no text");
                    return Err(invalid(message));
                }
            }
        }
        let config = config.with_clock(Arc::clone(&request.clock));
        Ok(Arc::new(CacheCartStore::open(config).await?))
    }
}

#[cfg(test)]
mod tests {
    use cart_core::{ErrorKind, StoreRegistry};

    use super::*;

    #[tokio::test]
    async fn each_scheme_is_read_and_none_is_left_out() {
        let mut registry = StoreRegistry::new();
        for scheme in CacheFactory::SCHEMES {
            registry = registry.with(scheme, Arc::new(CacheFactory::new()));
        }
        for scheme in CacheFactory::SCHEMES {
            // The option is reached only by who understands what stands before it.
            let url = format!("{scheme}://localhost/0/0?colour=red");
            let error = registry.open(url).await.expect_err(scheme);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            let is_understood = error.to_string().contains("no option colour");
            assert!(
                is_understood || error.to_string().contains("database"),
                "{scheme}: {error}"
            );
        }
    }
}
