//! Whether two stores hold the same carts, and what to do where they don't.

mod check;
mod difference;
mod digests;
mod report;
mod run;
mod sample;

use std::sync::Arc;

use cart_core::{CartStore, Clock, Randomness, Result, ScanRequest, SystemClock, SystemRandomness};

pub use difference::{Difference, DifferenceKind};
pub use report::{SampleReport, VerifyReport};
pub use run::{VerifyBatch, VerifyRun, VerifyStep};

use crate::reading::check_can_list;
use crate::selection::Selection;

/// How two stores are compared.
///
/// Both are read once, into digests of some 65,000 groups of keys. When these agree, so do the
/// stores, contents included. Where they don't, the records of the group are looked at one by one,
/// freshly from both stores, and twice: what a writer changes meanwhile is no difference.
///
/// The mark of a record is not compared, nor is what a deleted cart held.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyPlan {
    /// Which carts.
    pub selection: Selection,
    /// How many records are read at once; at most [`ScanRequest::MAX_LIMIT`].
    pub batch_size: usize,
    /// Look at no more than this many records of each store, taken by chance.
    pub sample: Option<usize>,
    /// Whether differences are repaired on the target.
    pub repair: bool,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl VerifyPlan {
    /// How many records are read at once, unless told otherwise.
    pub const DEFAULT_BATCH_SIZE: usize = 500;

    /// Compares all carts, whole.
    pub fn new() -> Self {
        Self {
            selection: Selection::all(),
            batch_size: Self::DEFAULT_BATCH_SIZE,
            sample: None,
            repair: false,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }

    /// The same, of these carts alone.
    #[must_use]
    pub fn selecting(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// The same, in batches of so many records.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size.clamp(1, ScanRequest::MAX_LIMIT);
        self
    }

    /// The same, of a sample: the headers of all records are read, and so many of them are compared
    /// whole. [`VerifyReport::sample`] says what that proves.
    #[must_use]
    pub fn sampling(mut self, records: usize) -> Self {
        self.sample = Some(records.max(1));
        self
    }

    /// The same, repairing the target by the write that copies make: what it lacks is brought, what
    /// is older there is replaced, and an expiry that is earlier there moves to the source's.
    ///
    /// All else is left, for no rule tells which side is right: what is newer on the target, or
    /// there alone; what differs without an older version; what can't be read.
    #[must_use]
    pub fn repair(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same, with the sample and the secret of the digests taken from `randomness`.
    #[must_use]
    pub fn with_randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    /// Begins to compare `source` with `target`. Nothing is read before the first batch is asked
    /// for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](cart_core::ErrorKind::Unsupported) when one of them can't list
    /// its carts.
    pub fn begin(
        self,
        source: Arc<dyn CartStore>,
        target: Arc<dyn CartStore>,
    ) -> Result<VerifyRun> {
        check_can_list(&*source)?;
        check_can_list(&*target)?;
        Ok(VerifyRun::new(self, source, target))
    }
}

impl Default for VerifyPlan {
    fn default() -> Self {
        Self::new()
    }
}
