//! What a store has seen that no caller is told.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store has seen since it was opened, over all its handles. Nothing of it is an error that a
/// caller is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Bytes that were asked for and came: carts, keys, what scripts answered. Without what the
    /// protocol adds.
    pub bytes_received: u64,
    /// Bytes that went out: keys, carts, arguments of scripts. Without the names of commands, and
    /// what the protocol adds.
    pub bytes_sent: u64,
    /// Writes that found their cart missing from the index, and put it back: an index was evicted,
    /// or removed by hand.
    pub index_repaired: u64,
    /// Renames across slots that somebody had left unfinished.
    pub renames_settled: u64,
    /// Scripts that a server didn't know: each once for every server when it is new or restarted,
    /// and again whenever somebody has flushed them.
    pub scripts_loaded: u64,
    /// Loads that found an older version than one that had been seen before: the servers have lost
    /// acknowledged writes.
    pub versions_lost: u64,
}

/// The numbers as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) bytes_received: Counter,
    pub(crate) bytes_sent: Counter,
    pub(crate) index_repaired: Counter,
    pub(crate) renames_settled: Counter,
    pub(crate) scripts_loaded: Counter,
    pub(crate) versions_lost: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> Statistics {
        Statistics {
            bytes_received: self.bytes_received.read(),
            bytes_sent: self.bytes_sent.read(),
            index_repaired: self.index_repaired.read(),
            renames_settled: self.renames_settled.read(),
            scripts_loaded: self.scripts_loaded.read(),
            versions_lost: self.versions_lost.read(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, number: usize) {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
