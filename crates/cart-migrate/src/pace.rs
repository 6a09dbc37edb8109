//! How fast a copy goes.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cart_core::{Clock, Timestamp};

/// How fast a copy may go, so that shoppers don't notice it: as fast as it can, unless it is told
/// otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// At most so many records a second.
    pub per_second: Option<NonZeroU32>,
    /// How long the target may take for a batch. While it takes longer, the copy waits before each
    /// batch: twice as long each time, up to a second, and half as long once the target is quick
    /// again.
    pub batch_within: Option<Duration>,
}

/// Makes a copy keep its pace.
#[derive(Debug)]
pub(crate) struct Throttle {
    pace: Pace,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the next record may follow, in microseconds: many records share a millisecond.
    free_at: i64,
    pause: Duration,
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Throttle {
    pub(crate) fn new(pace: Pace, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::new(State {
            free_at: i64::MIN,
            pause: Duration::ZERO,
        });
        Self { pace, clock, state }
    }

    /// Waits until so many more records may follow.
    pub(crate) async fn wait(&self, records: usize) {
        if records == 0 {
            return;
        }
        let delay = self.reserve(records);
        if !delay.is_zero() {
            self.clock.sleep(delay).await;
        }
    }

    fn reserve(&self, records: usize) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut delay = state.pause;
        if let Some(rate) = self.pace.per_second {
            let now = microseconds(self.clock.now());
            let begin = state.free_at.max(now);
            let records = i64::try_from(records).unwrap_or(i64::MAX);
            let time = records.saturating_mul(1_000_000) / i64::from(rate.get());
            state.free_at = begin.saturating_add(time);
            delay += Duration::from_micros(begin.abs_diff(now));
        }
        delay
    }

    /// Learns how long the target took for a batch.
    pub(crate) fn observe(&self, took: Duration) {
        let Some(limit) = self.pace.batch_within else {
            return;
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pause = if took > limit {
            (state.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE)
        } else if state.pause > FIRST_PAUSE {
            state.pause / 2
        } else {
            Duration::ZERO
        };
    }
}

fn microseconds(at: Timestamp) -> i64 {
    at.as_millis().saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use cart_testkit::ManualClock;

    use super::*;

    fn throttle(pace: Pace) -> (Throttle, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new());
        (Throttle::new(pace, Arc::clone(&clock) as _), clock)
    }

    #[test]
    fn records_follow_each_other_at_the_rate() {
        let (throttle, clock) = throttle(Pace {
            per_second: NonZeroU32::new(2_000),
            ..Pace::default()
        });
        assert_eq!(throttle.reserve(500), Duration::ZERO);
        assert_eq!(throttle.reserve(1), Duration::from_millis(250));
        assert_eq!(throttle.reserve(1), Duration::from_micros(250_500));
        // What was not used is not made up for.
        clock.advance(Duration::from_secs(60));
        assert_eq!(throttle.reserve(500), Duration::ZERO);
        assert_eq!(throttle.reserve(0), Duration::from_millis(250));
    }

    #[test]
    fn a_slow_target_is_given_time_until_it_is_quick_again() {
        let (throttle, _) = throttle(Pace {
            batch_within: Some(Duration::from_millis(100)),
            ..Pace::default()
        });
        let after = |took| {
            throttle.observe(Duration::from_millis(took));
            throttle.reserve(500).as_millis()
        };
        assert_eq!([101, 500, 101, 100].map(after), [10, 20, 40, 20]);
        assert_eq!([99, 1].map(after), [10, 0]);
        (0..20).for_each(|_| throttle.observe(Duration::from_secs(9)));
        assert_eq!(throttle.reserve(500), LONGEST_PAUSE);
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let (throttle, _) = throttle(Pace::default());
        throttle.observe(Duration::from_secs(60));
        assert_eq!(throttle.reserve(1_000_000), Duration::ZERO);
    }
}
