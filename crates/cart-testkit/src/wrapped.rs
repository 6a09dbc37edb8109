//! A harness around another one.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};

use crate::harness::{Damage, Fixture, Harness, HarnessError};

/// Wraps every handle to another harness's stores: the way to test a layer.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::CartStore;
/// use cart_testkit::{MemoryHarness, Wrapped};
///
/// let layered = Wrapped::new("layered", MemoryHarness::new(), |store, _clock| store);
/// ```
pub struct Wrapped<H, W> {
    name: &'static str,
    harness: H,
    wrap: Arc<W>,
}

impl<H, W> Wrapped<H, W>
where
    H: Harness,
    W: Fn(Arc<dyn CartStore>, Arc<dyn Clock>) -> Arc<dyn CartStore> + Send + Sync + 'static,
{
    /// The stores of `harness` under another name, each handle wrapped by `wrap`, which is given
    /// the clock of the case, too.
    pub fn new(name: &'static str, harness: H, wrap: W) -> Self {
        Self {
            name,
            harness,
            wrap: Arc::new(wrap),
        }
    }
}

impl<H: fmt::Debug, W> fmt::Debug for Wrapped<H, W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Wrapped")
            .field("name", &self.name)
            .field("harness", &self.harness)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl<H, W> Harness for Wrapped<H, W>
where
    H: Harness,
    W: Fn(Arc<dyn CartStore>, Arc<dyn Clock>) -> Arc<dyn CartStore> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let fixture = self.harness.start(Arc::clone(&clock)).await?;
        let wrap = Arc::clone(&self.wrap);
        Ok(Box::new(WrappedFixture {
            store: wrap(fixture.store(), Arc::clone(&clock)),
            fixture,
            wrap: move |store| wrap(store, Arc::clone(&clock)),
        }))
    }
}

struct WrappedFixture<W> {
    fixture: Box<dyn Fixture>,
    store: Arc<dyn CartStore>,
    wrap: W,
}

#[async_trait]
impl<W> Fixture for WrappedFixture<W>
where
    W: Fn(Arc<dyn CartStore>) -> Arc<dyn CartStore> + Send + Sync,
{
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::clone(&self.store)
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok((self.wrap)(self.fixture.second_handle().await?))
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        self.fixture.damage(key, damage).await
    }

    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok((self.wrap)(self.fixture.restart().await?))
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        self.fixture.stop().await
    }
}
