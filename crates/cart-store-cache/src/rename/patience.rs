//! How long a call waits for a rename that somebody else is in the middle of.

use std::time::Duration;

use tokio::time::Instant;

use super::busy;
use crate::connection::{Backoff, Deadline};
use crate::failure::Failure;
use crate::value::Attempt;

/// For how long an attempt is left alone. Its steps take a few milliseconds; whoever needs so long has
/// stalled, or died.
const UNDISTURBED: Duration = Duration::from_millis(250);

/// The pauses between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How long a call waits for a rename that somebody else is in the middle of.
///
/// Clients' clocks don't agree, so how old an attempt is doesn't stand in its value: it counts for how
/// long this call has been looking at it.
pub(crate) struct Patience {
    deadline: Deadline,
    undisturbed: Duration,
    backoff: Backoff,
    /// The attempt that is in the way, and since when.
    met: Option<(Attempt, Instant)>,
}

impl Patience {
    /// The patience of a call that may take so long.
    pub(crate) fn of(limit: Duration) -> Self {
        Self {
            deadline: Deadline::after(limit),
            // A call that is in a hurry must still get past an attempt that is left behind.
            undisturbed: UNDISTURBED.min(limit / 4),
            backoff: backoff(),
            met: None,
        }
    }

    /// Waits a moment for `attempt`, and tells whether it has had its time: then nobody is disturbed
    /// who goes on with it.
    ///
    /// # Errors
    ///
    /// As [`Patience::pause`].
    pub(crate) async fn is_over_with(&mut self, attempt: Attempt) -> Result<bool, Failure> {
        let since = match self.met {
            Some((met, since)) if met == attempt => since,
            _ => {
                let now = Instant::now();
                self.met = Some((attempt, now));
                self.backoff = backoff();
                now
            }
        };
        self.pause().await?;
        Ok(since.elapsed() >= self.undisturbed)
    }

    /// Waits a moment, by chance a longer or a shorter one, so that two that are in each other's way
    /// don't meet again.
    ///
    /// # Errors
    ///
    /// `Busy` when the time of the call is up.
    pub(crate) async fn pause(&mut self) -> Result<(), Failure> {
        if self.deadline.pause(self.backoff.pause()).await {
            return Ok(());
        }
        Err(busy())
    }
}

fn backoff() -> Backoff {
    Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE)
}
