//! A copy under way.

use std::fmt;
use std::sync::Arc;

use cart_core::{
    CartKey, CartStore, Detail, Error, ErrorKind, Result, SaveRequest, ScanEntry, Timestamp,
};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::{CopyCheckpoint, CopyCounts, CopyPlan};
use crate::bringing::bring;
use crate::pace::Throttle;
use crate::reading::{Page, Place, Reader};

/// A copy under way, made by [`CopyPlan::begin`]: batch by batch, with the memory of a few.
///
/// Batches are read one after the other, and several are written at a time. They are told in the
/// order in which they were read, so that a checkpoint never stands behind one that isn't written.
#[derive(Debug)]
pub struct CopyRun {
    job: Arc<Job>,
    counts: CopyCounts,
    /// Where the first batch begins that isn't written; none behind the last one.
    place: Option<Place>,
    batches: Option<Batches>,
}

/// What became of one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyBatch {
    /// How many records there were, and what became of them.
    pub counts: CopyCounts,
    /// What the target did not take.
    pub refusals: Vec<Refusal>,
}

/// A record that the target did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which cart.
    pub key: CartKey,
    /// Why.
    pub kind: ErrorKind,
}

/// What all batches share.
#[derive(Debug)]
struct Job {
    plan: CopyPlan,
    source: Reader,
    target: Arc<dyn CartStore>,
    throttle: Throttle,
}

/// The batches under way, in order.
struct Batches(BoxStream<'static, Result<(CopyBatch, Option<Place>)>>);

impl fmt::Debug for Batches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Batches").finish_non_exhaustive()
    }
}

impl CopyRun {
    pub(super) fn new(
        plan: CopyPlan,
        source: Arc<dyn CartStore>,
        target: Arc<dyn CartStore>,
        as_of: Timestamp,
    ) -> Self {
        let source = Reader {
            store: source,
            selection: plan.selection.clone(),
            as_of,
            detail: Detail::Records,
            batch_size: plan.batch_size,
        };
        let throttle = Throttle::new(plan.pace, Arc::clone(&plan.clock));
        Self {
            job: Arc::new(Job {
                plan,
                source,
                target,
                throttle,
            }),
            counts: CopyCounts::default(),
            place: Some(Place::START),
            batches: None,
        }
    }

    pub(super) fn going_on_from(mut self, checkpoint: &CopyCheckpoint) -> Result<Self> {
        if checkpoint.copy != self.job.plan.fingerprint() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the checkpoint belongs to a copy of other carts, or between other stores: start \
                 without it",
            ));
        }
        self.counts = checkpoint.counts;
        self.place.clone_from(&checkpoint.place);
        Ok(self)
    }

    /// What became of the records so far.
    pub fn counts(&self) -> CopyCounts {
        self.counts
    }

    /// How far it has come, for [`CopyPlan::resume`].
    pub fn checkpoint(&self) -> CopyCheckpoint {
        CopyCheckpoint {
            copy: self.job.plan.fingerprint(),
            as_of: self.job.source.as_of,
            counts: self.counts,
            place: self.place.clone(),
        }
    }

    /// Copies the next records, and tells what became of them; `None` when there are no more. A
    /// batch may be empty without being the last.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it was resumed with the checkpoint of another store; what the
    /// stores answer. The batch can then be asked for again. What concerns one record alone is no
    /// error, but a [`Refusal`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some records of the batches under way are written and some are
    /// not; the next call goes on with them.
    pub async fn next_batch(&mut self) -> Result<Option<CopyBatch>> {
        let Some(place) = &self.place else {
            return Ok(None);
        };
        let batches = self
            .batches
            .get_or_insert_with(|| Batches(batches(&self.job, place.clone())));
        match batches.0.next().await {
            Some(Ok((batch, next))) => {
                self.counts += batch.counts;
                self.place = next;
                Ok(Some(batch))
            }
            Some(Err(error)) => {
                // Those behind it are given up: they are read and written again.
                self.batches = None;
                Err(error)
            }
            None => {
                self.place = None;
                Ok(None)
            }
        }
    }
}

/// The batches from `start` on, as many under way as the plan says.
fn batches(job: &Arc<Job>, start: Place) -> BoxStream<'static, Result<(CopyBatch, Option<Place>)>> {
    let reader = Arc::clone(job);
    let pages = stream::unfold(Some(start), move |place| {
        let job = Arc::clone(&reader);
        async move {
            let page = job.read(&place?).await;
            // Nothing is read behind a page that can't be.
            let next = page.as_ref().ok().and_then(|page| page.next.clone());
            Some((page, next))
        }
    });
    let writer = Arc::clone(job);
    let written = pages.map(move |page| {
        let job = Arc::clone(&writer);
        async move { job.write(page?).await }
    });
    written.buffered(job.plan.workers).boxed()
}

impl Job {
    async fn read(&self, place: &Place) -> Result<Page> {
        let page = self.source.page(place).await?;
        self.throttle.wait(page.entries.len()).await;
        Ok(page)
    }

    async fn write(&self, page: Page) -> Result<(CopyBatch, Option<Place>)> {
        let mut batch = CopyBatch::default();
        batch.counts.moving = page.moving;
        batch.counts.seen = page.moving + page.entries.len() as u64;
        let requests: Vec<SaveRequest> = page
            .entries
            .into_iter()
            .map(|ScanEntry { key, record }| bring(key, record))
            .collect();
        let answers = self.save(&requests).await?;
        for (request, answer) in requests.into_iter().zip(answers) {
            match answer {
                Ok(()) => {
                    let counts = &mut batch.counts;
                    counts.bytes += request.record.size() as u64;
                    if request.record.is_tombstone() {
                        counts.tombstones += 1;
                    } else {
                        counts.carts += 1;
                    }
                }
                Err(error) if concerns_one_record(error.kind()) => {
                    batch.counts.refused += 1;
                    batch.refusals.push(Refusal {
                        key: request.key,
                        kind: error.kind(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok((batch, page.next))
    }

    async fn save(&self, requests: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        if self.plan.dry_run || requests.is_empty() {
            return Ok(requests.iter().map(|_| Ok(())).collect());
        }
        let clock = &self.plan.clock;
        let began = clock.now();
        let answers = self.target.save_many(requests).await?;
        self.throttle.observe(clock.now().since(began));
        Ok(answers)
    }
}

/// Whether an error says nothing of other records: the copy goes on past this one.
fn concerns_one_record(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Corrupt
            | ErrorKind::Invalid
            | ErrorKind::NewerFormat
            | ErrorKind::Overflow
            | ErrorKind::TooLarge
    )
}
