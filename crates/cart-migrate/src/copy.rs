//! Carts from one store to another.

mod checkpoint;
mod counts;
mod run;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use cart_core::{CartStore, Clock, Result, ScanRequest, SystemClock};
use siphasher::sip::SipHasher24;

pub use checkpoint::CopyCheckpoint;
pub use counts::CopyCounts;
pub use run::{CopyBatch, CopyRun, Refusal};

use crate::pace::Pace;
use crate::reading::check_can_list;
use crate::selection::Selection;

/// What is copied, and how.
///
/// Each record is saved on the target if that has nothing, or an older version, under its key. So
/// nothing on the target ever goes backwards, whoever else writes there, and copying again is
/// harmless. What carries the same sequence and comes from another write stays, too: a verification
/// tells.
///
/// A copy is no snapshot. What changes while it runs, and behind where it is, is for the next copy,
/// which takes the whole way again: a last one, after the source's writers have stopped, leaves both
/// stores equal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyPlan {
    /// Which carts.
    pub selection: Selection,
    /// How fast.
    pub pace: Pace,
    /// How many records are read and written at once; at most [`ScanRequest::MAX_LIMIT`].
    pub batch_size: usize,
    /// How many batches are written at the same time.
    pub workers: usize,
    /// Whether nothing is written, and only counted.
    pub dry_run: bool,
    clock: Arc<dyn Clock>,
    between: Arc<str>,
}

impl CopyPlan {
    /// How many records are read and written at once, unless told otherwise.
    pub const DEFAULT_BATCH_SIZE: usize = 500;
    /// How many batches are written at the same time, unless told otherwise.
    pub const DEFAULT_WORKERS: usize = 4;

    /// All carts, as fast as they go.
    pub fn new() -> Self {
        Self {
            selection: Selection::all(),
            pace: Pace::default(),
            batch_size: Self::DEFAULT_BATCH_SIZE,
            workers: Self::DEFAULT_WORKERS,
            dry_run: false,
            clock: Arc::new(SystemClock),
            between: "".into(),
        }
    }

    /// The same, of these carts alone.
    #[must_use]
    pub fn selecting(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// The same, at this pace.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The same, with batches of so many records.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size.clamp(1, ScanRequest::MAX_LIMIT);
        self
    }

    /// The same, with so many batches under way at a time.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// The same, writing nothing: what it counts is what would be sent to the target.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same, between two stores that are called this, by their addresses for instance. A
    /// checkpoint keeps a hash of it: one of another pair of stores is refused.
    #[must_use]
    pub fn between(mut self, source: &str, target: &str) -> Self {
        self.between = format!("{}:{source}{target}", source.len()).into();
        self
    }

    /// Begins to copy what is in `source` to `target`. Nothing is read or written before the first
    /// batch is asked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](cart_core::ErrorKind::Unsupported) when `source` can't list its
    /// carts.
    pub fn begin(self, source: Arc<dyn CartStore>, target: Arc<dyn CartStore>) -> Result<CopyRun> {
        check_can_list(&*source)?;
        let as_of = self.clock.now();
        Ok(CopyRun::new(self, source, target, as_of))
    }

    /// Goes on with a copy where it was when `checkpoint` was taken, with its counts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](cart_core::ErrorKind::Invalid) when the checkpoint is that of a copy
    /// of other carts or between other stores; as [`CopyPlan::begin`].
    pub fn resume(
        self,
        source: Arc<dyn CartStore>,
        target: Arc<dyn CartStore>,
        checkpoint: &CopyCheckpoint,
    ) -> Result<CopyRun> {
        check_can_list(&*source)?;
        CopyRun::new(self, source, target, checkpoint.as_of).going_on_from(checkpoint)
    }

    /// Tells copies apart: a run goes on only as what it was begun as.
    fn fingerprint(&self) -> u64 {
        let mut hasher = SipHasher24::new_with_key(b"cart copy plan 1");
        let Self {
            selection,
            // How it goes makes no difference to what is there in the end.
            pace: _,
            batch_size: _,
            workers: _,
            dry_run,
            clock: _,
            between,
        } = self;
        (selection, dry_run, between).hash(&mut hasher);
        hasher.finish()
    }
}

impl Default for CopyPlan {
    fn default() -> Self {
        Self::new()
    }
}
