//! How long to wait before the next attempt.

use std::time::Duration;

use cart_core::{Randomness, SystemRandomness};

/// Pauses that grow from attempt to attempt, each by chance a little shorter, so that many clients
/// of a server that comes back don't all knock at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Pauses of `shortest` and more, at most of `longest`.
    pub(crate) fn new(shortest: Duration, longest: Duration) -> Self {
        Self {
            next: shortest,
            longest,
        }
    }

    /// The pause before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        // Between a half and all of it.
        let chance = SystemRandomness.next() % 1024;
        pause / 2 + pause * u32::try_from(chance).unwrap_or(0) / 2048
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_are_never_less_than_half() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(35));
        for expected in [10, 20, 35, 35] {
            let expected = Duration::from_millis(expected);
            let pause = backoff.pause();
            assert!((expected / 2..=expected).contains(&pause), "{pause:?}");
        }
    }
}
