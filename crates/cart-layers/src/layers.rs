//! Layers in their order.

use cart_core::CartStore;

use crate::layered::{Layer, Layered};
use crate::metrics::Metrics;
use crate::retry::{Retry, RetryPolicy};
use crate::timeout::Timeout;
use crate::trace::Trace;

/// Puts layers around a store, the innermost first.
///
/// The order that works is the order of the methods here:
///
/// 1. [`timeout`](Self::timeout) bounds one try. Around the retries it would cut them off, and the
///    last error, the one that tells what is wrong, would be lost.
/// 2. [`retry`](Self::retry) tries again what failed or timed out.
/// 3. [`trace`](Self::trace) opens one span around all the tries, so that each retry is an event
///    within it.
/// 4. [`metrics`](Self::metrics) counts and times what the application sees. Retries and timeouts
///    count themselves, where they happen.
///
/// ```
/// use cart_core::MemoryCartStore;
/// use cart_layers::{Layers, RetryPolicy, Timeout};
///
/// let store = Layers::new(MemoryCartStore::new())
///     .timeout(Timeout::default())
///     .retry(RetryPolicy::default())
///     .trace()
///     .metrics()
///     .into_store();
/// ```
#[derive(Clone, Debug)]
#[must_use = "the layered store comes out of `into_store`"]
pub struct Layers<S>(S);

impl<S: CartStore> Layers<S> {
    /// Starts with `store`, without a layer.
    pub const fn new(store: S) -> Self {
        Self(store)
    }

    /// Bounds how long each call may take.
    pub fn timeout(self, timeout: Timeout) -> Layers<Layered<S, Timeout>> {
        self.layer(timeout)
    }

    /// Tries failed calls again.
    pub fn retry(self, policy: RetryPolicy) -> Layers<Retry<S>> {
        Layers(Retry::new(self.0, policy))
    }

    /// Traces each call.
    pub fn trace(self) -> Layers<Layered<S, Trace>> {
        self.layer(Trace)
    }

    /// Counts and times each call. Install the recorder of the `metrics` crate before.
    pub fn metrics(self) -> Layers<Layered<S, Metrics>> {
        self.layer(Metrics::new())
    }

    /// Adds a layer of your own.
    pub fn layer<L: Layer>(self, layer: L) -> Layers<Layered<S, L>> {
        Layers(Layered::new(self.0, layer))
    }

    /// The store with its layers.
    pub fn into_store(self) -> S {
        self.0
    }
}
