//! What a verification has found.

use std::ops::AddAssign;

use serde::Serialize;

use super::{Difference, DifferenceKind};

/// What a verification has found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The records that were read from the source, tombstones included.
    pub source: u64,
    /// The same, of the target.
    pub target: u64,
    /// How many were looked at one by one.
    pub compared: u64,
    /// What only the source has.
    pub missing: u64,
    /// What only the target has.
    pub extra: u64,
    /// What is older on the target.
    pub older: u64,
    /// What is newer on the target.
    pub newer: u64,
    /// What is not the same, and on neither side older.
    pub different: u64,
    /// What expires at another moment.
    pub expiry: u64,
    /// What can't be read on the source.
    pub corrupt_source: u64,
    /// What can't be read on the target.
    pub corrupt_target: u64,
    /// How many of these differences are no more.
    pub repaired: u64,
    /// What was left out, for it is on its way to another store.
    pub moving: u64,
    /// What a sample proves, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleReport>,
}

/// What a sample of the source's records proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SampleReport {
    /// How many of the source's records were compared.
    pub records: u64,
    /// How many of these the target lacks or has otherwise.
    pub differing: u64,
    /// With a confidence of 95 %, no more than this many of a million of the source's records
    /// differ.
    pub at_most_per_million: u32,
}

impl VerifyReport {
    /// All differences, repaired ones included.
    pub fn differences(&self) -> u64 {
        self.missing
            + self.extra
            + self.older
            + self.newer
            + self.different
            + self.expiry
            + self.corrupt_source
            + self.corrupt_target
    }

    /// The differences that are left.
    pub fn left(&self) -> u64 {
        self.differences() - self.repaired
    }

    fn count(&mut self, kind: DifferenceKind) -> &mut u64 {
        match kind {
            DifferenceKind::CorruptSource => &mut self.corrupt_source,
            DifferenceKind::CorruptTarget => &mut self.corrupt_target,
            DifferenceKind::Different => &mut self.different,
            DifferenceKind::Expiry => &mut self.expiry,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Newer => &mut self.newer,
            DifferenceKind::Older => &mut self.older,
        }
    }
}

impl AddAssign<&Difference> for VerifyReport {
    fn add_assign(&mut self, difference: &Difference) {
        *self.count(difference.kind) += 1;
        self.repaired += u64::from(difference.repaired);
    }
}
