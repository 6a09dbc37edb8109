//! A clock for tests.

use std::time::Duration;

use cart_core::{Clock, Sleep, Timestamp};
use tokio::sync::watch;

/// A clock that stands still until it is moved by hand. Whoever sleeps on it wakes when it has
/// been moved far enough.
///
/// ```
/// use std::time::Duration;
///
/// use cart_core::Clock;
/// use cart_testkit::ManualClock;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().since(before), Duration::from_secs(60));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// Where a new clock stands: 2033-05-18. A backend that goes by its own clock, too, finds
    /// nothing that expired long ago.
    pub const START: Timestamp = Timestamp::from_millis(2_000_000_000_000);

    /// A clock at [`ManualClock::START`].
    pub fn new() -> Self {
        Self {
            now: watch::Sender::new(Self::START),
        }
    }

    /// Moves the clock forward and wakes the sleepers whose time has come.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.saturating_add(by));
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        let mut now = self.now.subscribe();
        let until = self.now().saturating_add(duration);
        Box::pin(async move {
            // The sender lives as long as `self`, which the future borrows: there is no other end.
            let _ = now.wait_for(|now| *now >= until).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_their_time_has_come_and_not_before() {
        let clock = ManualClock::new();
        let mut sleep = clock.sleep(Duration::from_millis(10));
        clock.advance(Duration::from_millis(9));
        assert!(
            tokio::time::timeout(Duration::ZERO, &mut sleep)
                .await
                .is_err()
        );
        clock.advance(Duration::from_millis(1));
        sleep.await;
    }
}
