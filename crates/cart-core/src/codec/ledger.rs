//! Core's own notes in a record: which writes it has seen, what was merged in, what is claimed.

use serde::{Deserialize, Serialize};

use crate::domain::{Claim, JsonMap};
use crate::storage::Version;
use crate::time::Timestamp;

/// How many of the latest writes a record remembers.
const RECENT: usize = 8;
/// How many writes with an idempotency key a record remembers.
const KEYED: usize = 16;
/// How many merges a record remembers.
const MERGES: usize = 16;

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
        self.merges.push(receipt);
        keep_last(&mut self.merges, MERGES);
    }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}
