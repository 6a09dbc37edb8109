//! Until when a call waits for a server.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::failure::Failure;

/// Until when a call may take.
///
/// This is real time, by the runtime that the connections live in; what a cart expires by is the
/// store's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// The deadline `limit` from now.
    pub(super) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// The earlier of the deadline and the one `limit` from now.
    pub(super) fn at_most(self, limit: Duration) -> Self {
        Self(self.0.min(Instant::now() + limit))
    }

    /// Runs `call` until the deadline; nothing is given when it is over first.
    pub(super) async fn wait<F: Future>(self, call: F) -> Option<F::Output> {
        timeout_at(self.0, call).await.ok()
    }

    /// Runs `call` until the deadline.
    pub(super) async fn bound<T>(
        self,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let answer = self.wait(call).await;
        answer.unwrap_or_else(|| Err(Failure::timed_out()))
    }
}
