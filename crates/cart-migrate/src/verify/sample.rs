//! Some records taken by chance, and what they prove about all.

use cart_core::{CartKey, Randomness};

/// A fair sample of keys that come one by one, however many there are (reservoir sampling).
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) keys: Vec<CartKey>,
    size: usize,
    seen: u64,
}

impl Sample {
    pub(super) fn new(size: usize) -> Self {
        Self {
            keys: Vec::new(),
            size,
            seen: 0,
        }
    }

    pub(super) fn offer(&mut self, key: &CartKey, randomness: &dyn Randomness) {
        self.seen += 1;
        if self.keys.len() < self.size {
            self.keys.push(key.clone());
            return;
        }
        // The remainder favours none by more than one in 2^40, for a million million records.
        let at = usize::try_from(randomness.next() % self.seen);
        if let Some(slot) = at.ok().and_then(|at| self.keys.get_mut(at)) {
            slot.clone_from(key);
        }
    }

    /// With a confidence of 95 %, how many of a million records differ at most, when `differing` of
    /// the sample do. What was looked at whole is known, not estimated.
    pub(super) fn at_most_per_million(&self, differing: u64) -> u32 {
        let records = self.keys.len() as u64;
        let million = 1_000_000;
        if records == self.seen {
            let share =
                (u128::from(differing) * u128::from(million)).div_ceil(u128::from(records.max(1)));
            return u32::try_from(share).unwrap_or(million);
        }
        // The largest share for which so few would still come up once in twenty (Clopper-Pearson).
        let (mut low, mut high) = (0, million);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let share = f64::from(middle) / f64::from(million);
            if chance_of_at_most(differing, records, share) > 0.05 {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// The chance that no more than `most` of `records` are of a kind whose share is `share`.
#[expect(
    clippy::cast_precision_loss,
    reason = "a sample of more than 2^53 records doesn't fit into memory"
)]
fn chance_of_at_most(most: u64, records: u64, share: f64) -> f64 {
    // In logarithms: the single chances are too small for a float by themselves.
    let mut term = records as f64 * (-share).ln_1p();
    let mut sum = term.exp();
    for count in 0..most.min(records) {
        term += ((records - count) as f64 / (count + 1) as f64).ln();
        term += share.ln() - (-share).ln_1p();
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use cart_core::{Instance, Owner};
    use cart_testkit::SeededRandomness;

    use super::*;

    fn sample(size: usize, of: u64) -> Sample {
        let randomness = SeededRandomness::new(7);
        let mut sample = Sample::new(size);
        for number in 0..of {
            let owner = Owner::user(number.to_string()).expect("an owner");
            sample.offer(&CartKey::new(owner, Instance::default()), &randomness);
        }
        sample
    }

    #[test]
    fn each_record_is_taken_as_often_as_the_others() {
        let sample = sample(1_000, 10_000);
        let numbers = sample.keys.iter().map(|key| key.owner().identifier());
        let mut tenths = [0; 10];
        let mut distinct = std::collections::BTreeSet::new();
        for number in numbers {
            let number: usize = number.parse().expect("a number");
            tenths[number / 1_000] += 1;
            distinct.insert(number);
        }
        assert_eq!(distinct.len(), 1_000);
        assert!(
            tenths.iter().all(|count| (60..140).contains(count)),
            "{tenths:?}"
        );
    }

    #[test]
    fn the_bound_is_that_of_the_textbook() {
        let sample = sample(3_000, 10_000);
        // 1 - 0.05^(1/3000), and 4.744 and 6.296 of 3,000: the bounds of Poisson's distribution.
        assert_eq!(sample.at_most_per_million(0), 999);
        for (differing, expected) in [(1, 1_580), (2, 2_097)] {
            let bound = sample.at_most_per_million(differing);
            assert!(bound.abs_diff(expected) < 10, "{differing}: {bound}");
        }
        assert_eq!(sample.at_most_per_million(3_000), 1_000_000);
    }

    #[test]
    fn a_sample_of_everything_is_no_estimate() {
        let sample = sample(3_000, 1_000);
        assert_eq!(sample.at_most_per_million(0), 0);
        assert_eq!(sample.at_most_per_million(1), 1_000);
        assert_eq!(Sample::new(5).at_most_per_million(0), 0);
    }
}
