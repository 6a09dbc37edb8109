//! How long, and how often, a call is tried.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    Clock, Error, Operation, Randomness, RetryClass, SystemClock, SystemRandomness, Timestamp,
};

use crate::metrics;

/// How long a failing call is tried, and how long to wait between two tries.
///
/// The wait grows from `first_delay` to `longest_delay`, doubling each time, and a random half of it
/// is left out, so that many clients of one ailing store don't come back at the same moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// No try begins later than this after the first one. Three seconds by default.
    pub deadline: Duration,
    /// The wait before the second try. 20 milliseconds by default.
    pub first_delay: Duration,
    /// The longest wait. 500 milliseconds by default.
    pub longest_delay: Duration,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3),
            first_delay: Duration::from_millis(20),
            longest_delay: Duration::from_millis(500),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

impl RetryPolicy {
    /// The same policy, measured by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same policy, with the jitter taken from `randomness`.
    #[must_use]
    pub fn with_randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    pub(super) fn begin<'a>(&'a self, store: &'a Arc<str>, operation: Operation) -> Tries<'a> {
        Tries {
            policy: self,
            store,
            operation,
            began: self.clock.now(),
            made: 1,
            in_doubt: false,
        }
    }

    /// The wait after `made` tries: between a half and the whole of what the policy says.
    fn delay(&self, made: u32) -> Duration {
        let doubled = self.first_delay.saturating_mul(1 << (made - 1).min(20));
        // The clock counts milliseconds: with a shorter wait, time would seem to stand still.
        let whole = doubled
            .min(self.longest_delay)
            .max(Duration::from_millis(2));
        let half = u64::try_from(whole.as_micros() / 2).unwrap_or(u64::MAX - 1);
        Duration::from_micros(half + self.randomness.next() % (half + 1))
    }
}

/// The tries of one call.
pub(super) struct Tries<'a> {
    policy: &'a RetryPolicy,
    store: &'a Arc<str>,
    operation: Operation,
    began: Timestamp,
    made: u32,
    in_doubt: bool,
}

impl Tries<'_> {
    /// Waits for the next try, or answers `false`: no time is left for one.
    pub(super) async fn another(&mut self, error: &Error) -> bool {
        self.in_doubt |= error.retry_class() == RetryClass::OutcomeUnknown;
        let delay = self.policy.delay(self.made);
        if self.elapsed().saturating_add(delay) > self.policy.deadline {
            return false;
        }
        metrics::count_retry(self.store, self.operation);
        tracing::debug!(
            tries = self.made,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            operation = self.operation.as_str(),
            kind = error.kind().as_str(),
            retry_class = error.retry_class().as_str(),
            "trying again"
        );
        self.policy.clock.sleep(delay).await;
        self.made = self.made.saturating_add(1);
        true
    }

    /// The answer `error` of the last try: an earlier one may have been applied all the same.
    pub(super) fn in_the_end(&self, error: Error) -> Error {
        if self.in_doubt {
            error.with_retry_class(RetryClass::OutcomeUnknown)
        } else {
            error
        }
    }

    /// The error to give up with, after `error`.
    pub(super) fn last(&self, error: Error) -> Error {
        if self.made == 1 {
            return error;
        }
        let message = format!(
            "still failing after {} tries in {} ms: look at the cause, and try again later",
            self.made,
            self.elapsed().as_millis()
        );
        let error = self.in_the_end(error);
        Error::new(error.kind(), message)
            .with_retry_class(error.retry_class())
            .during(error.operation().unwrap_or(self.operation))
            .in_store(self.store)
            .with_source(error)
    }

    fn elapsed(&self) -> Duration {
        self.policy.clock.now().since(self.began)
    }
}
