//! Carts in Memcached keep the contract, as far as the store says they do.
#![cfg(target_os = "linux")]

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Clock};
use cart_store_memcached::{MemcachedCartStore, MemcachedConfig};
use cart_testkit::servers::{Memcached, Options, Server};
use cart_testkit::{Fixture, Harness, HarnessError};

struct InMemcached;

struct Started {
    server: Memcached,
    clock: Arc<dyn Clock>,
    store: MemcachedCartStore,
}

async fn open(server: &Memcached, clock: &Arc<dyn Clock>) -> cart_core::Result<MemcachedCartStore> {
    let store = MemcachedCartStore::open(MemcachedConfig::unix(server.socket())).await?;
    Ok(store.with_clock(Arc::clone(clock)))
}

#[async_trait]
impl Harness for InMemcached {
    fn name(&self) -> &'static str {
        "memcached"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let server = Memcached::start(Options::new()).await?;
        let store = open(&server, &clock).await?;
        Ok(Box::new(Started {
            server,
            clock,
            store,
        }))
    }
}

#[async_trait]
impl Fixture for Started {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(Arc::new(open(&self.server, &self.clock).await?))
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        Ok(self.server.kill()?)
    }
}

cart_testkit::main!(InMemcached);
