//! Until when a call waits for the servers.

use std::future::Future;
use std::time::Duration;

use cart_core::{Clock, SystemClock};
use tokio::time::{Instant, timeout_at};

/// Until when a call may take, all its attempts together.
///
/// This is real time, by the runtime that the connections live in; what a cart expires by is the
/// store's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline `limit` from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// The earlier of the deadline and the one `limit` from now.
    pub(super) fn at_most(self, limit: Duration) -> Self {
        Self(self.0.min(Instant::now() + limit))
    }

    /// What is left of it; nothing is given when it is over.
    pub(super) fn rest(self) -> Option<Duration> {
        let rest = self.0.saturating_duration_since(Instant::now());
        (!rest.is_zero()).then_some(rest)
    }

    /// Runs `call` until the deadline; nothing is given when it is over first.
    pub(super) async fn wait<F: Future>(self, call: F) -> Option<F::Output> {
        timeout_at(self.0, call).await.ok()
    }

    /// Waits for `pause`; whether that ended before the deadline.
    pub(crate) async fn pause(self, pause: Duration) -> bool {
        self.wait(SystemClock.sleep(pause)).await.is_some()
    }
}
