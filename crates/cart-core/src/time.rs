//! Points in time, and the clock that tells them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: whole milliseconds since the Unix epoch (UTC).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last point in time that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// The point `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This point moved forward; [`Timestamp::MAX`] when that is beyond what can be told.
    #[must_use]
    pub fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// This point moved back; the earliest point when that is before what can be told.
    #[must_use]
    pub fn saturating_sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// The time from `earlier` to this point; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A wait that a [`Clock`] hands out.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Tells the time, and waits.
///
/// Everything in this family that needs the time takes it from a clock that is handed in, so that
/// tests decide what time it is and never wait.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present point in time.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and has no other effect.
    fn sleep(&self, duration: Duration) -> Sleep<'_>;
}

/// The clock of the machine. Its waits work under any runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the time"
        )]
        let now = std::time::SystemTime::now();
        match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Timestamp(millis(after)),
            Err(before) => Timestamp(-millis(before.duration())),
        }
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(futures_timer::Delay::new(duration))
    }
}

/// A call did not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not done in time")]
pub struct Elapsed;

/// Runs `call`, at most for `limit` by `clock`, under any runtime.
///
/// # Errors
///
/// [`Elapsed`] when the time is over first; `call` is dropped then.
///
/// # Cancel safety
///
/// Dropping the future drops `call`.
pub async fn timeout<F: Future>(
    clock: &dyn Clock,
    limit: Duration,
    call: F,
) -> Result<F::Output, Elapsed> {
    let mut call = std::pin::pin!(call);
    let mut sleep = clock.sleep(limit);
    std::future::poll_fn(|context| {
        // The call first: an answer that is there counts, however late it is looked at.
        if let Poll::Ready(answer) = call.as_mut().poll(context) {
            return Poll::Ready(Ok(answer));
        }
        sleep.as_mut().poll(context).map(|()| Err(Elapsed))
    })
    .await
}
