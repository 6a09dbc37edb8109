//! How long operations took.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::proof::Refuted;

/// How long operations took, exact to three digits.
#[derive(Clone, Debug)]
pub(super) struct Latencies(Histogram<u64>);

impl Latencies {
    /// An hour is the longest that is told apart.
    const LONGEST: u64 = 3_600 * 1_000_000_000;

    pub(super) fn new() -> Result<Self, Refuted> {
        Ok(Self(Histogram::new_with_bounds(1, Self::LONGEST, 3)?))
    }

    pub(super) fn note(&mut self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanoseconds);
    }

    pub(super) fn add(&mut self, other: &Self) -> Result<(), Refuted> {
        Ok(self.0.add(&other.0)?)
    }

    /// How many were noted.
    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time within which this share of them was done, in microseconds.
    pub(super) fn microseconds(&self, share: f64) -> f64 {
        Duration::from_nanos(self.0.value_at_quantile(share)).as_secs_f64() * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_both_parts_are_told() {
        let [mut all, mut slow] = [(); 2].map(|()| Latencies::new().unwrap());
        for _ in 0..98 {
            all.note(Duration::from_micros(10));
        }
        for _ in 0..2 {
            slow.note(Duration::from_millis(1));
        }
        all.add(&slow).unwrap();
        assert_eq!(all.count(), 100);
        assert!((all.microseconds(0.5) - 10.0).abs() < 0.1);
        assert!((all.microseconds(0.99) - 1_000.0).abs() < 2.0);
    }
}
