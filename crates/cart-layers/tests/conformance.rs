//! Every layer, and all of them together, keep the whole contract.

use std::sync::Arc;

use cart_core::{CartStore, Clock};
use cart_layers::{Layers, RetryPolicy, Timeout};
use cart_testkit::{MemoryHarness, Wrapped};

type Store = Arc<dyn CartStore>;

fn start(store: Store) -> Layers<Store> {
    Layers::new(store)
}

cart_testkit::main!(
    Wrapped::new("retry", MemoryHarness::new(), |store, _: Arc<dyn Clock>| {
        Arc::new(start(store).retry(RetryPolicy::default()).into_store()) as Store
    }),
    Wrapped::new("timeout", MemoryHarness::new(), |store, _| {
        Arc::new(start(store).timeout(Timeout::default()).into_store()) as Store
    }),
    Wrapped::new("trace", MemoryHarness::new(), |store, _| {
        Arc::new(start(store).trace().into_store()) as Store
    }),
    Wrapped::new("metrics", MemoryHarness::new(), |store, _| {
        Arc::new(start(store).metrics().into_store()) as Store
    }),
    Wrapped::new("layered", MemoryHarness::new(), |store, _| {
        let layers = start(store)
            .timeout(Timeout::default())
            .retry(RetryPolicy::default())
            .trace()
            .metrics();
        Arc::new(layers.into_store()) as Store
    }),
);
