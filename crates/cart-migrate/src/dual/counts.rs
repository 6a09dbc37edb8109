//! What a handle has done.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a [`DualWriteStore`](super::DualWriteStore) has mirrored, moved and compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirrorCounts {
    /// Writes that the other store heard of at once.
    pub mirrored: u64,
    /// Writes that it didn't hear of: they are marked, and left to a drain.
    pub owed: u64,
    /// Carts that were given to the new store.
    pub moved: u64,
    /// Carts that were given back to the old store.
    pub moved_back: u64,
    /// Reads of which both stores said the same.
    pub shadow_same: u64,
    /// Reads of which they didn't.
    pub shadow_different: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) mirrored: Counter,
    pub(super) owed: Counter,
    pub(super) moved: Counter,
    pub(super) moved_back: Counter,
    pub(super) shadow_same: Counter,
    pub(super) shadow_different: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(super) fn read(&self) -> MirrorCounts {
        MirrorCounts {
            mirrored: self.mirrored.read(),
            owed: self.owed.read(),
            moved: self.moved.read(),
            moved_back: self.moved_back.read(),
            shadow_same: self.shadow_same.read(),
            shadow_different: self.shadow_different.read(),
        }
    }
}
