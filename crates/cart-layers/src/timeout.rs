//! A bound on how long a call may take.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{Clock, Error, ErrorKind, Operation, Result, RetryClass, SystemClock, timeout};

use crate::call::{Answer, Call};
use crate::layered::{Layer, Reply};
use crate::metrics;

/// Ends calls that take too long.
///
/// The error is [`ErrorKind::Unavailable`]. A write that was cut off may have been applied:
/// [`RetryClass::OutcomeUnknown`]; nothing else changes a cart: [`RetryClass::NotApplied`].
///
/// The call's future is dropped, which the contract allows at any point. The time comes from a
/// [`Clock`], so no runtime is needed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeout {
    /// For calls about one cart or one owner that only read, and for `ping`. One second by default.
    pub read: Duration,
    /// For `save` and `rename`. Two seconds by default.
    pub write: Duration,
    /// For calls about many carts: `save_many`, `scan`, `sweep`. 30 seconds by default.
    pub bulk: Duration,
    /// For waiting until nobody else holds a cart's lock. Five seconds by default.
    pub lock: Duration,
    /// For opening a store. Ten seconds by default.
    pub open: Duration,
    clock: Arc<dyn Clock>,
}

impl Default for Timeout {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(1),
            write: Duration::from_secs(2),
            bulk: Duration::from_secs(30),
            lock: Duration::from_secs(5),
            open: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Timeout {
    /// The same bounds, measured by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Bounds how long opening a store may take, which no layer sees.
    ///
    /// ```
    /// # async fn example(registry: &cart_core::StoreRegistry) -> cart_core::Result<()> {
    /// use cart_layers::Timeout;
    ///
    /// let store = Timeout::default().open(registry.open("sqlite://carts.db")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `opening`, and [`ErrorKind::Unavailable`] when it takes too long.
    ///
    /// # Cancel safety
    ///
    /// As safe to drop as `opening`.
    pub async fn open<T>(&self, opening: impl Future<Output = Result<T>> + Send) -> Result<T> {
        timeout(&*self.clock, self.open, opening)
            .await
            .unwrap_or_else(|_| Err(too_slow(self.open).during(Operation::Open)))
    }

    fn bound(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Rename | Operation::Save | Operation::Unmark => self.write,
            Operation::SaveMany | Operation::Scan | Operation::Sweep => self.bulk,
            Operation::Lock => self.lock,
            Operation::Open => self.open,
            _ => self.read,
        }
    }
}

fn too_slow(bound: Duration) -> Error {
    let message = format!(
        "no answer within {} ms: look whether the store is overloaded, or allow it more time",
        bound.as_millis()
    );
    Error::new(ErrorKind::Unavailable, message).with_retry_class(RetryClass::NotApplied)
}

impl Layer for Timeout {
    async fn around<T: Answer>(&self, call: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
        let bound = self.bound(call.operation);
        if let Ok(answer) = timeout(&*self.clock, bound, reply).await {
            return answer;
        }
        metrics::count_timeout(call.store, call.operation);
        let class = if call.writes() {
            RetryClass::OutcomeUnknown
        } else {
            RetryClass::NotApplied
        };
        Err(too_slow(bound)
            .with_retry_class(class)
            .during(call.operation)
            .in_store(call.store))
    }
}
