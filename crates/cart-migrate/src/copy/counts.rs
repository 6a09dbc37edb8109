//! What became of the records.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// What became of the records that a copy looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CopyCounts {
    /// All of them: the sum of the others but the bytes.
    pub seen: u64,
    /// Carts that the target has now, in this version or a newer one; in a dry run, what would be
    /// sent to it.
    pub carts: u64,
    /// The same, of what deleted carts left.
    pub tombstones: u64,
    /// What the target did not take: too large for it, or in the way of something that can't be
    /// read.
    pub refused: u64,
    /// Left out, for they are on their way to another store already.
    pub moving: u64,
    /// The size of the carts and tombstones, as
    /// [`CartRecord::size`](cart_core::CartRecord::size) counts it.
    pub bytes: u64,
}

impl AddAssign for CopyCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.carts += other.carts;
        self.tombstones += other.tombstones;
        self.refused += other.refused;
        self.moving += other.moving;
        self.bytes += other.bytes;
    }
}
