//! What a store has seen that no caller is told.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store has seen since it was opened, over all its handles: all of it is rare, and none of
/// it is an error that a caller is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Writes that found their cart missing from the index, and put it back: an index was evicted,
    /// or removed by hand.
    pub index_repaired: u64,
    /// Renames across slots that somebody had left unfinished.
    pub renames_settled: u64,
    /// Loads that found an older version than one that had been seen before: the servers have lost
    /// acknowledged writes.
    pub versions_lost: u64,
}

/// The numbers as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) index_repaired: Counter,
    pub(crate) renames_settled: Counter,
    pub(crate) versions_lost: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> Statistics {
        Statistics {
            index_repaired: self.index_repaired.read(),
            renames_settled: self.renames_settled.read(),
            versions_lost: self.versions_lost.read(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
