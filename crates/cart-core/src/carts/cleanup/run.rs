//! A clean-up under way.

use std::time::Duration;

use super::super::Carts;
use super::super::write::Patience;
use super::{Cleanup, CleanupCheckpoint, CleanupCounts};
use crate::domain::Event;
use crate::storage::{
    Cursor, Detail, Error, ErrorKind, Expect, RecordState, Result, RetryClass, SaveRequest,
    ScanEntry, ScanRequest,
};
use crate::time::Timestamp;

/// A clean-up under way, made by [`Carts::begin_clean_up`]: batch by batch, with the memory of one
/// batch.
#[derive(Debug)]
pub struct CleanupRun {
    carts: Carts,
    cleanup: Cleanup,
    as_of: Timestamp,
    counts: CleanupCounts,
    cursor: Option<Cursor>,
    is_done: bool,
}

/// What becomes of a cart.
enum Fate {
    Claimed,
    Deleted,
    Moving,
    Retained,
}

impl CleanupRun {
    pub(super) fn new(carts: Carts, cleanup: Cleanup, as_of: Timestamp) -> Self {
        Self {
            carts,
            cleanup,
            as_of,
            counts: CleanupCounts::default(),
            cursor: None,
            is_done: false,
        }
    }

    pub(super) fn going_on_from(mut self, checkpoint: &CleanupCheckpoint) -> Result<Self> {
        if checkpoint.clean_up != self.cleanup.fingerprint() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the checkpoint belongs to a clean-up of other carts: start without it",
            ));
        }
        self.counts = checkpoint.counts;
        self.cursor.clone_from(&checkpoint.cursor);
        Ok(self)
    }

    /// The moment that the clean-up goes by: when it began.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What became of the carts that were looked at so far.
    pub fn counts(&self) -> CleanupCounts {
        self.counts
    }

    /// How far it has come, for [`Carts::resume_clean_up`]; worth nothing after the last batch.
    pub fn checkpoint(&self) -> CleanupCheckpoint {
        CleanupCheckpoint {
            clean_up: self.cleanup.fingerprint(),
            as_of: self.as_of,
            counts: self.counts,
            cursor: self.cursor.clone(),
        }
    }

    /// Looks at the next carts, deletes those that are abandoned, and tells what became of them;
    /// `None` when there are no more. A batch may be empty without being the last.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on a store that can't list; [`ErrorKind::Invalid`] when it was
    /// resumed with the checkpoint of another store; what the store answers, after the deadline of
    /// an edit where trying again could help. The batch can then be asked for again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some carts of the batch are deleted and some not, and the counts
    /// don't tell; ask for the batch again.
    pub async fn next_batch(&mut self) -> Result<Option<CleanupCounts>> {
        if self.is_done {
            return Ok(None);
        }
        let page = self.carts.shared.store.scan(&self.request()).await?;
        let now = self.carts.shared.clock.now();
        let mut spared = CleanupCounts::default();
        let mut abandoned = Vec::with_capacity(page.entries.len());
        for entry in page.entries {
            let count = match self.fate(&entry, now) {
                Fate::Deleted => {
                    abandoned.push(entry);
                    continue;
                }
                Fate::Claimed => &mut spared.claimed,
                Fate::Moving => &mut spared.moving,
                Fate::Retained => &mut spared.retained,
            };
            *count += 1;
            spared.seen += 1;
        }
        let mut batch = CleanupCounts::default();
        let deleted = self.delete(abandoned, &mut batch).await;
        batch.seen = batch.deleted + batch.touched;
        // Those are done, whatever becomes of the others: the batch won't see them again.
        self.counts += batch;
        deleted?;
        self.counts += spared;
        batch += spared;
        self.is_done = page.next.is_none();
        self.cursor = page.next;
        Ok(Some(batch))
    }

    fn request(&self) -> ScanRequest {
        let mut request = ScanRequest::new(self.cleanup.batch_size);
        request.tenant.clone_from(&self.cleanup.tenant);
        request.updated_before = Some(self.cleanup.retention.first_cut_off(self.as_of));
        request.cursor.clone_from(&self.cursor);
        request.detail = if self.kept().is_some() && !self.cleanup.dry_run {
            Detail::Records
        } else {
            Detail::Headers
        };
        request
    }

    fn fate(&self, entry: &ScanEntry, now: Timestamp) -> Fate {
        let header = &entry.record.header;
        let class = entry.key.owner().class();
        let retention = &self.cleanup.retention;
        if header.state != RecordState::Live {
            Fate::Moving
        } else if !retention.is_over(class, &header.summary, header.updated_at, self.as_of) {
            Fate::Retained
        } else if header.summary.claimed_until.is_some_and(|at| now < at) {
            Fate::Claimed
        } else {
            Fate::Deleted
        }
    }

    /// Deletes `abandoned` carts that are still as they were judged.
    async fn delete(&self, abandoned: Vec<ScanEntry>, counts: &mut CleanupCounts) -> Result<()> {
        if self.cleanup.dry_run {
            counts.deleted = abandoned.len() as u64;
            return Ok(());
        }
        let mut left = Vec::with_capacity(abandoned.len());
        for ScanEntry { key, record } in abandoned {
            let expect = Expect::Version(record.header.version);
            let tombstone = self.carts.tombstone(&record, self.kept())?;
            left.push(SaveRequest::new(key, tombstone, expect));
        }
        let mut patience = Patience::new(&self.carts);
        while let Some(error) = self.save(&mut left, counts).await {
            let is_lasting = error.retry_class() == RetryClass::Permanent;
            if is_lasting || !patience.wait(&self.carts).await {
                return Err(error);
            }
        }
        Ok(())
    }

    /// How long the content of what it deletes is kept, if it is.
    fn kept(&self) -> Option<Duration> {
        self.cleanup
            .keep_deleted
            .or(self.carts.shared.policy.keep_deleted)
    }

    /// Saves what is `left` to save, and takes out of it what is done. Gives the error that keeps
    /// the rest, a lasting one first.
    async fn save(&self, left: &mut Vec<SaveRequest>, counts: &mut CleanupCounts) -> Option<Error> {
        if left.is_empty() {
            return None;
        }
        let answers = match self.carts.shared.store.save_many(left).await {
            Ok(answers) => answers,
            Err(error) => return Some(error),
        };
        let mut failed: Option<Error> = None;
        let mut again = Vec::new();
        for (request, answer) in left.drain(..).zip(answers) {
            match answer {
                Ok(()) => {
                    counts.deleted += 1;
                    let header = &request.record.header;
                    self.carts
                        .announce(&request.key, header, &[Event::CartForgotten]);
                }
                Err(error) if error.kind() == ErrorKind::Conflict => counts.touched += 1,
                Err(error) => {
                    again.push(request);
                    let is_lasting = error.retry_class() == RetryClass::Permanent;
                    if is_lasting || failed.is_none() {
                        failed = Some(error);
                    }
                }
            }
        }
        *left = again;
        failed
    }
}
