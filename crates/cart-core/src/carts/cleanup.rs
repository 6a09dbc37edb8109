//! Abandoned carts go, batch by batch, beside whoever shops.

mod checkpoint;
mod run;

use std::hash::{Hash, Hasher};
use std::time::Duration;

use siphasher::sip::SipHasher24;

pub use checkpoint::CleanupCheckpoint;
pub use run::CleanupRun;

use super::Carts;
use super::retention::Retention;
use crate::storage::{Result, ScanRequest, Tenant};

/// Which carts a clean-up takes, and how.
///
/// A cart is taken when it was last written strictly before its [`Retention`] allows. It is spared
/// while a claim on it is open, and when somebody writes to it before its turn comes: each delete
/// goes by the version that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Cleanup {
    /// How long carts may be left alone.
    pub retention: Retention,
    /// Only the carts of this tenant; of all tenants without.
    pub tenant: Option<Tenant>,
    /// Whether nothing is written, and only counted.
    pub dry_run: bool,
    /// How many carts are looked at at once; at most [`ScanRequest::MAX_LIMIT`].
    pub batch_size: usize,
    /// How long the content of the carts is kept for a restore; as
    /// [`CartsBuilder::keep_deleted`](super::CartsBuilder::keep_deleted) says without.
    pub keep_deleted: Option<Duration>,
}

impl Cleanup {
    /// How many carts are looked at at once, unless told otherwise.
    pub const DEFAULT_BATCH_SIZE: usize = 1_000;

    /// A clean-up of all tenants that goes by `retention`.
    pub const fn new(retention: Retention) -> Self {
        Self {
            retention,
            tenant: None,
            dry_run: false,
            batch_size: Self::DEFAULT_BATCH_SIZE,
            keep_deleted: None,
        }
    }

    /// The same, for one tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// The same, writing nothing: what it counts as deleted is what would be.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// The same, looking at so many carts at once.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size.clamp(1, ScanRequest::MAX_LIMIT);
        self
    }

    /// The same, keeping the content of what it deletes so long, for
    /// [`CartHandle::restore`](super::CartHandle::restore).
    #[must_use]
    pub fn keep_deleted(mut self, duration: Duration) -> Self {
        self.keep_deleted = Some(duration);
        self
    }

    /// Tells clean-ups apart: a run goes on only as what it was begun as.
    fn fingerprint(&self) -> u64 {
        let mut hasher = SipHasher24::new_with_key(b"cart clean-up id");
        let Self {
            retention,
            tenant,
            dry_run,
            // Another size of the batches changes nothing.
            batch_size: _,
            keep_deleted,
        } = self;
        (retention, tenant, dry_run, keep_deleted).hash(&mut hasher);
        hasher.finish()
    }
}

/// What became of the carts that a clean-up looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct CleanupCounts {
    /// All of them: the sum of the others.
    pub seen: u64,
    /// Deleted; in a dry run, what would be.
    pub deleted: u64,
    /// Spared, for somebody wrote to them between the look and the delete.
    pub touched: u64,
    /// Spared, for a claim on them is open.
    pub claimed: u64,
    /// Spared, for a longer period is theirs.
    pub retained: u64,
    /// Spared, for they are moving to another store.
    pub moving: u64,
}

impl std::ops::AddAssign for CleanupCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.deleted += other.deleted;
        self.touched += other.touched;
        self.claimed += other.claimed;
        self.retained += other.retained;
        self.moving += other.moving;
    }
}

impl Carts {
    /// Deletes abandoned carts, to the end, and tells what became of what it looked at.
    ///
    /// Harmless beside shoppers and beside other clean-ups: each delete goes by the version that
    /// was judged, so that a cart which was touched meanwhile survives. [`Carts::begin_clean_up`]
    /// does the same step by step.
    ///
    /// ```
    /// use cart_core::{Carts, Cleanup, MemoryCartStore, OwnerClass, Retention};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cart_core::Error> {
    /// let carts = Carts::new(MemoryCartStore::new());
    /// let retention = Retention::days(180).for_class(OwnerClass::Guest, Retention::of_days(30));
    /// let counts = carts.clear_abandoned(&Cleanup::new(retention)).await?;
    /// assert_eq!(counts.deleted, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`CleanupRun::next_batch`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some carts are deleted and some not; repeat the call.
    pub async fn clear_abandoned(&self, cleanup: &Cleanup) -> Result<CleanupCounts> {
        let mut run = self.begin_clean_up(cleanup.clone());
        while run.next_batch().await?.is_some() {}
        Ok(run.counts())
    }

    /// Begins to delete abandoned carts: as of now, however long it takes. Nothing is read or
    /// written before the first batch is asked for.
    pub fn begin_clean_up(&self, cleanup: Cleanup) -> CleanupRun {
        let as_of = self.shared.clock.now();
        CleanupRun::new(self.clone(), cleanup, as_of)
    }

    /// Goes on with a clean-up where it was when `checkpoint` was taken, with its counts and as of
    /// the same moment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the checkpoint is that of a clean-up
    /// which takes other carts. One of another store shows with the first batch.
    pub fn resume_clean_up(
        &self,
        cleanup: Cleanup,
        checkpoint: &CleanupCheckpoint,
    ) -> Result<CleanupRun> {
        CleanupRun::new(self.clone(), cleanup, checkpoint.as_of()).going_on_from(checkpoint)
    }
}
