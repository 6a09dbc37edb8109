//! Settings by which carts may get lost, although the store is well.

use std::time::Duration;

use cart_core::{Capabilities, Durability};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What to warn of, for a store with these powers in which untouched carts expire after
/// `time_to_live`.
pub(super) fn warnings(powers: &Capabilities, time_to_live: Option<Duration>) -> Vec<&'static str> {
    let lives = |is_so: fn(Duration) -> bool| time_to_live.is_some_and(is_so);
    let all = [
        (
            powers.evictable,
            "the server may drop carts before they expire, when its memory is full: set \
             maxmemory-policy to noeviction, and let it ask for help in time",
        ),
        (
            powers.durability == Durability::Memory,
            "writes that were acknowledged may be lost when the server is killed: the store's \
             documentation says which settings keep them",
        ),
        (
            lives(|time| time < DAY),
            "untouched carts expire within a day: who comes back tomorrow finds nothing; see \
             cache.ttl",
        ),
        (
            lives(|time| time > 30 * DAY),
            "untouched carts stay for more than 30 days: they fill the server's memory; see \
             cache.ttl",
        ),
    ];
    let applies = |(applies, warning): (bool, &'static str)| applies.then_some(warning);
    all.into_iter().filter_map(applies).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_may_lose_carts_is_warned_of() {
        let mut good = Capabilities::none();
        good.durability = Durability::ProcessCrash;
        let mut evictable = good.clone();
        evictable.evictable = true;
        let cases = [
            (good.clone(), None, None),
            (good.clone(), Some(DAY), None),
            (good.clone(), Some(30 * DAY), None),
            (good.clone(), Some(DAY / 2), Some("within a day")),
            (good, Some(31 * DAY), Some("more than 30 days")),
            (evictable, None, Some("may drop carts")),
            (Capabilities::none(), None, Some("is killed")),
        ];
        for (powers, time_to_live, expected) in cases {
            let found = warnings(&powers, time_to_live);
            assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
            for (warning, part) in found.iter().zip(expected) {
                assert!(warning.contains(part), "{warning}");
            }
        }
    }
}
