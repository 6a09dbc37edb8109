//! Random numbers that can be had again.

use std::sync::atomic::{AtomicU64, Ordering};

use cart_core::Randomness;

/// Gives the same numbers for the same seed (`SplitMix64`). Not fit for secrets.
///
/// ```
/// use cart_core::Randomness;
/// use cart_testkit::SeededRandomness;
///
/// let (first, second) = (SeededRandomness::new(7), SeededRandomness::new(7));
/// assert_eq!(first.next(), second.next());
/// ```
#[derive(Debug)]
pub struct SeededRandomness(AtomicU64);

impl SeededRandomness {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number below `bound`; 0 when the bound is 0.
    pub fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    /// One of `options`.
    pub(crate) fn pick<'a, T>(&self, options: &'a [T]) -> &'a T {
        &options[self.below(options.len())]
    }
}

impl Randomness for SeededRandomness {
    fn next(&self) -> u64 {
        let state = self
            .0
            .fetch_add(Self::STEP, Ordering::Relaxed)
            .wrapping_add(Self::STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        // The first outputs of the reference implementation for the seed 1234567.
        let randomness = SeededRandomness::new(1_234_567);
        assert_eq!(randomness.next(), 6_457_827_717_110_365_317);
        assert_eq!(randomness.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let randomness = SeededRandomness::new(3);
        assert!((0..1_000).all(|_| randomness.below(7) < 7));
    }
}
