//! A store with a layer around it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Health, Instance, LoadRequest, Operation, Owner, Rename, Result,
    SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

use crate::call::{Answer, Call, Subject};

/// A store's answer on its way.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What is done around each call of a store: one method in place of the store's eleven.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use cart_core::{MemoryCartStore, Result};
/// use cart_layers::{Answer, Call, Layer, Layers, Reply};
///
/// /// Counts the calls that may change something.
/// #[derive(Clone, Debug, Default)]
/// struct Writes(Arc<AtomicU64>);
///
/// impl Layer for Writes {
///     async fn around<T: Answer>(&self, call: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
///         self.0.fetch_add(u64::from(call.writes()), Ordering::Relaxed);
///         reply.await
///     }
/// }
///
/// let store = Layers::new(MemoryCartStore::new()).layer(Writes::default()).into_store();
/// ```
pub trait Layer: Clone + Debug + Send + Sync + 'static {
    /// Awaits `reply`, which does not begin before it is polled, and gives its answer.
    ///
    /// # Errors
    ///
    /// Those of the reply, and the layer's own.
    ///
    /// # Cancel safety
    ///
    /// An implementation may be dropped at every await, as the store may.
    fn around<T: Answer>(
        &self,
        call: Call<'_>,
        reply: Reply<'_, T>,
    ) -> impl Future<Output = Result<T>> + Send;
}

/// The store `S` with the layer `L` around every call, locks included.
#[derive(Clone, Debug)]
pub struct Layered<S, L> {
    store: S,
    layer: L,
    name: Arc<str>,
}

impl<S: CartStore, L: Layer> Layered<S, L> {
    /// Puts `layer` around `store`.
    pub fn new(store: S, layer: L) -> Self {
        let name = store.info().name;
        Self { store, layer, name }
    }

    fn call<'a>(&'a self, operation: Operation, subject: Subject<'a>) -> Call<'a> {
        Call::new(&self.name, operation, subject)
    }

    fn call_for<'a>(&'a self, operation: Operation, key: &'a CartKey) -> Call<'a> {
        self.call(operation, Subject::Owner(key.owner()))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: CartStore, L: Layer> CartStore for Layered<S, L> {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let call = self.call_for(Operation::Load, &request.key);
        self.layer.around(call, self.store.load(request)).await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let call = self.call_for(Operation::Save, &request.key);
        self.layer.around(call, self.store.save(request)).await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let call = self.call(Operation::SaveMany, Subject::Batch(batch));
        self.layer.around(call, self.store.save_many(batch)).await
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let call = self.call_for(Operation::Rename, &rename.from);
        self.layer.around(call, self.store.rename(rename)).await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let call = self.call_for(Operation::Lock, key);
        let lock = self.layer.around(call, self.store.lock(key)).await?;
        Ok(Box::new(LayeredLock {
            lock,
            layer: self.layer.clone(),
            name: Arc::clone(&self.name),
        }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let call = self.call(Operation::Instances, Subject::Owner(owner));
        self.layer.around(call, self.store.instances(owner)).await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let call = self.call(Operation::Scan, Subject::Store);
        self.layer.around(call, self.store.scan(request)).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let call = self.call(Operation::Sweep, Subject::Store);
        self.layer.around(call, self.store.sweep(limit)).await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let call = self.call_for(Operation::Unmark, key);
        self.layer
            .around(call, self.store.unmark(key, version))
            .await
    }

    async fn ping(&self) -> Result<Health> {
        let call = self.call(Operation::Ping, Subject::Store);
        self.layer.around(call, self.store.ping()).await
    }
}

#[derive(Debug)]
struct LayeredLock<L> {
    lock: Box<dyn CartLock>,
    layer: L,
    name: Arc<str>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> CartLock for LayeredLock<L> {
    fn stored(&self) -> &Stored {
        self.lock.stored()
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let Self { lock, layer, name } = *self;
        let subject = Subject::Owner(request.key.owner());
        let call = Call::new(&name, Operation::Save, subject);
        layer.around(call, lock.save(request)).await
    }
}
