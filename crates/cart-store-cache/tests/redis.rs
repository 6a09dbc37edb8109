//! The store keeps the whole contract on one server: of Redis, and of Valkey where there is one.

mod harness;

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::{Options, Redis, Server};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};

use harness::{damage, open, place};

fn main() -> ExitCode {
    let mut harnesses: Vec<Arc<dyn Harness>> = vec![Arc::new(Private {
        name: "redis",
        options: Options::new(),
    })];
    if Redis::has_valkey() {
        harnesses.push(Arc::new(Private {
            name: "valkey",
            options: Options::new().valkey(),
        }));
    }
    cart_testkit::conclude(harnesses)
}

/// Starts stores on a private server of their own, which can be killed without disturbing others.
struct Private {
    name: &'static str,
    options: Options,
}

/// A store, and the server that it is on.
struct OnServer {
    server: Redis,
    clock: Arc<dyn Clock>,
    store: CacheCartStore,
}

#[async_trait]
impl Harness for Private {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let server = Redis::start(self.options.clone()).await?;
        let store = open(&server.url(), "cart", &clock).await?;
        Ok(Box::new(OnServer {
            server,
            clock,
            store,
        }))
    }
}

#[async_trait]
impl Fixture for OnServer {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(Arc::new(
            open(&self.server.url(), "cart", &self.clock).await?,
        ))
    }

    async fn damage(&self, key: &CartKey, kind: Damage) -> Result<(), HarnessError> {
        damage(&self.server, &place("cart", key), kind).await
    }

    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        self.server.kill()?;
        self.server.restart().await?;
        self.second_handle().await
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        Ok(self.server.kill()?)
    }
}
