//! Core's own notes in a record: which writes it has seen, what was merged in, what is claimed, what
//! is on its way to another store.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::hand_over::HandOver;
use crate::domain::{Claim, JsonMap};
use crate::storage::{Owner, Version};
use crate::time::Timestamp;

/// How many of the latest writes a record remembers.
const RECENT: usize = 8;
/// How many writes with an idempotency key a record remembers.
const KEYED: usize = 16;
/// How many merges a record remembers in any case.
const MERGES: usize = 16;
/// How many merges a record remembers at most.
const MOST_MERGES: usize = 256;
/// How long it remembers more than [`MERGES`]: by then, a login that was interrupted has gone on.
const MERGES_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The notes, as they stand in [`Header::ledger`](crate::Header::ledger).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ledger {
    /// The latest writes, newest last.
    pub(crate) writes: Vec<Version>,
    /// The latest writes that came with an idempotency key, newest last.
    pub(crate) keyed: Vec<KeyedWrite>,
    /// The latest merges, newest last.
    pub(crate) merges: Vec<MergeReceipt>,
    /// Checkout claims.
    pub(crate) claims: Vec<Claim>,
    /// What is on its way to a cart in another store.
    pub(crate) hand_over: Option<HandOver>,
    /// What a newer release has noted.
    pub(crate) unknown: JsonMap,
}

/// A write that came with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyedWrite {
    /// The key.
    pub(crate) key: String,
    /// Tells whether a later call with the same key asks for the same.
    pub(crate) digest: String,
    /// The write.
    pub(crate) version: Version,
}

/// A cart that was merged into this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MergeReceipt {
    /// The fingerprint of the owner that it came from: a guest's token is a secret.
    pub(crate) from: String,
    /// The version of the cart that was merged.
    pub(crate) version: Version,
    /// When.
    pub(crate) at: Timestamp,
}

impl Ledger {
    pub(crate) fn note_write(&mut self, version: Version) {
        self.writes.push(version);
        keep_last(&mut self.writes, RECENT);
    }

    pub(crate) fn note_keyed(&mut self, write: KeyedWrite) {
        self.keyed.push(write);
        keep_last(&mut self.keyed, KEYED);
    }

    pub(crate) fn note_merge(&mut self, receipt: MergeReceipt) {
        let now = receipt.at;
        self.merges.push(receipt);
        let recent = |receipt: &&MergeReceipt| now.since(receipt.at) < MERGES_KEPT;
        let recent = self.merges.iter().filter(recent).count();
        keep_last(&mut self.merges, recent.clamp(MERGES, MOST_MERGES));
    }

    /// Whether the cart of this owner was merged into this one, in any version.
    pub(crate) fn has_merged(&self, from: &Owner) -> bool {
        let from = from.fingerprint().to_string();
        self.merges.iter().any(|receipt| receipt.from == from)
    }

    /// Whether the cart of this version was merged into this one.
    pub(crate) fn has_merged_version(&self, version: Version) -> bool {
        self.merges.iter().any(|receipt| receipt.version == version)
    }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_are_remembered_by_number_and_by_age() {
        let mut ledger = Ledger::default();
        let mut merge = |write_id, at| {
            ledger.note_merge(MergeReceipt {
                from: String::new(),
                version: Version::first(write_id),
                at,
            });
            ledger.merges.len()
        };
        let start = Timestamp::from_millis(0);
        let lengths: Vec<usize> = (0..300).map(|id| merge(id, start)).collect();
        assert_eq!(lengths[40], 41);
        assert_eq!(lengths[299], MOST_MERGES);
        assert_eq!(merge(300, start.saturating_add(MERGES_KEPT)), MERGES);
    }
}
