//! How long carts may be left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::Summary;
use crate::storage::OwnerClass;
use crate::time::Timestamp;

/// How long carts may be left alone before a [`Cleanup`](super::Cleanup) takes them: counted from
/// their last write.
///
/// The most special period counts: that of converted carts, then that of empty ones, then that of
/// the class of owner, then the one for all.
///
/// ```
/// use cart_core::{OwnerClass, Retention};
///
/// let retention = Retention::days(30)
///     .for_class(OwnerClass::User, Retention::FOREVER)
///     .for_empty(Retention::of_days(1));
/// assert_ne!(retention, Retention::days(30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Retention {
    period: Duration,
    classes: BTreeMap<OwnerClass, Duration>,
    empty: Option<Duration>,
    converted: Option<Duration>,
}

impl Retention {
    /// The period after which nothing is taken: for ever.
    pub const FOREVER: Duration = Duration::MAX;

    /// All carts for `period`.
    pub const fn new(period: Duration) -> Self {
        Self {
            period,
            classes: BTreeMap::new(),
            empty: None,
            converted: None,
        }
    }

    /// All carts for `days` days.
    pub const fn days(days: u32) -> Self {
        Self::new(Self::of_days(days))
    }

    /// So many days of 24 hours.
    pub const fn of_days(days: u32) -> Duration {
        const HOURS: u64 = 24;
        const SECONDS: u64 = 60 * 60;
        // No number of days is too large: it has 32 bits.
        Duration::from_secs(days as u64 * HOURS * SECONDS)
    }

    /// The same, with a period for one class of owners.
    #[must_use]
    pub fn for_class(mut self, class: OwnerClass, period: Duration) -> Self {
        self.classes.insert(class, period);
        self
    }

    /// The same, with a period for carts without a line. One that a shopper has paid for is none of
    /// them, although paying empties a cart: it counts as converted.
    #[must_use]
    pub fn for_empty(mut self, period: Duration) -> Self {
        self.empty = Some(period);
        self
    }

    /// The same, with a period for carts of which a claim was settled.
    #[must_use]
    pub fn for_converted(mut self, period: Duration) -> Self {
        self.converted = Some(period);
        self
    }

    /// How long a cart may be left alone.
    pub fn period_of(&self, class: &OwnerClass, summary: &Summary) -> Duration {
        let by_class = self.classes.get(class).copied().unwrap_or(self.period);
        let special = if summary.converted_at.is_some() {
            self.converted
        } else if summary.lines == 0 {
            self.empty
        } else {
            None
        };
        special.unwrap_or(by_class)
    }

    /// Whether a cart written at `updated_at` was left alone for longer than its period, at `now`.
    pub(super) fn is_over(
        &self,
        class: &OwnerClass,
        summary: &Summary,
        updated_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        updated_at < cut_off(self.period_of(class, summary), now)
    }

    /// The moment before which the carts were written that any period could let go at `now`.
    pub(super) fn first_cut_off(&self, now: Timestamp) -> Timestamp {
        let special = self.classes.values().copied();
        let shortest = special
            .chain(self.empty)
            .chain(self.converted)
            .fold(self.period, Duration::min);
        cut_off(shortest, now)
    }
}

/// The moment before which a cart was written that was left alone for longer than `period`.
fn cut_off(period: Duration, now: Timestamp) -> Timestamp {
    if period == Retention::FOREVER {
        return Timestamp::from_millis(i64::MIN);
    }
    now.saturating_sub(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Retention::of_days(1);

    #[test]
    fn the_most_special_period_counts() {
        let retention = Retention::days(7)
            .for_class(OwnerClass::Guest, DAY * 3)
            .for_empty(DAY)
            .for_converted(DAY * 90);
        let lines = |lines| Summary {
            lines,
            ..Summary::default()
        };
        let paid = Summary {
            converted_at: Some(Timestamp::from_millis(1)),
            ..lines(0)
        };
        let (guest, user) = (OwnerClass::Guest, OwnerClass::User);
        assert_eq!(retention.period_of(&user, &lines(2)), DAY * 7);
        assert_eq!(retention.period_of(&guest, &lines(2)), DAY * 3);
        assert_eq!(retention.period_of(&guest, &lines(0)), DAY);
        assert_eq!(retention.period_of(&guest, &paid), DAY * 90);
        assert_eq!(Retention::days(7).period_of(&guest, &paid), DAY * 7);
    }

    #[test]
    fn what_is_kept_for_ever_is_never_over() {
        let retention = Retention::new(Retention::FOREVER);
        let oldest = Timestamp::from_millis(i64::MIN);
        let summary = Summary::default();
        let is_over = |now| retention.is_over(&OwnerClass::User, &summary, oldest, now);
        assert!(!is_over(oldest) && !is_over(Timestamp::MAX));
        assert_eq!(retention.first_cut_off(Timestamp::MAX), oldest);
    }
}
