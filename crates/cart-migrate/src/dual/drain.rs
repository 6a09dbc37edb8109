//! The drain: brings over what is marked.

use cart_core::{
    CartKey, CartStore, Cursor, ErrorKind, Expect, Result, SaveRequest, ScanEntry, ScanRequest,
    Select, Stored, Timestamp,
};
use futures_util::stream::{self, StreamExt};

use super::form::{Found, unmarked};
use super::{DualWriteStore, Side};

/// How a drain goes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DrainPlan {
    /// How many records are read and written at once.
    pub batch_size: usize,
}

/// A drain under way: one pass over all that is marked in both stores, batch by batch.
///
/// Several at a time, and one that is ended at any time, do no harm.
#[derive(Debug)]
pub struct DrainRun {
    store: DualWriteStore,
    batch_size: usize,
    next: Option<(Side, Option<Cursor>)>,
}

/// What one batch has brought over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainBatch {
    /// How many marked records were read.
    pub seen: u64,
    /// Of how many the other store has heard.
    pub told: u64,
    /// Those of which it couldn't hear, and why; they stay marked.
    pub refused: Vec<(CartKey, ErrorKind)>,
}

/// What the stores still owe to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owed {
    /// How many records are marked.
    pub records: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
}

/// How many single writes are under way at a time.
const AT_ONCE: usize = 32;

impl DrainPlan {
    /// A drain in batches of 500.
    pub const fn new() -> Self {
        Self { batch_size: 500 }
    }

    /// The same, with batches of so many records.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size.clamp(1, ScanRequest::MAX_LIMIT);
        self
    }

    /// Begins a pass. Nothing is read or written before the first batch is asked for.
    pub fn begin(self, store: DualWriteStore) -> DrainRun {
        DrainRun {
            store,
            batch_size: self.batch_size,
            next: Some((Side::Old, None)),
        }
    }
}

impl Default for DrainPlan {
    fn default() -> Self {
        Self::new()
    }
}

impl DrainRun {
    /// Brings over the next marked records; `None` when the pass has come to its end. A batch may be
    /// empty without being the last.
    ///
    /// # Errors
    ///
    /// What the stores answer. The batch can then be asked for again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some records of the batch were brought over and some not; the next
    /// call does the batch again.
    pub async fn next_batch(&mut self) -> Result<Option<DrainBatch>> {
        let Some((side, cursor)) = self.next.clone() else {
            return Ok(None);
        };
        let mut request = ScanRequest::new(self.batch_size);
        request.select = Select::Marked;
        request.cursor = cursor;
        let page = self.store.pair().at(side).scan(&request).await?;
        let batch = match side {
            Side::Old => self.bring_to_new(page.entries).await?,
            Side::New => self.bring_to_old(page.entries).await,
        };
        self.next = match (page.next, side) {
            (Some(cursor), side) => Some((side, Some(cursor))),
            (None, Side::Old) => Some((Side::New, None)),
            (None, Side::New) => None,
        };
        Ok(Some(batch))
    }

    async fn bring_to_new(&self, entries: Vec<ScanEntry>) -> Result<DrainBatch> {
        let seen = entries.len() as u64;
        let at_home = entries.into_iter().filter_map(|ScanEntry { key, record }| {
            match Found::of(Stored::Live(record)) {
                Found::Home(Stored::Live(record)) => Some((key, record)),
                _ => None,
            }
        });
        let requests: Vec<SaveRequest> = at_home
            .map(|(key, record)| SaveRequest::new(key, unmarked(record), Expect::Older))
            .collect();
        let pair = self.store.pair();
        let answers = pair.new.save_many(&requests).await?;
        let mut batch = DrainBatch {
            seen,
            ..DrainBatch::default()
        };
        let mut told = Vec::new();
        for (request, answer) in requests.into_iter().zip(answers) {
            match answer {
                Ok(()) => told.push((request.key, request.record.header.version)),
                Err(error) => batch.refused.push((request.key, error.kind())),
            }
        }
        batch.told = told.len() as u64;
        let unmarked: Vec<Result<()>> = stream::iter(&told)
            .map(|(key, version)| pair.old.unmark(key, *version))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        unmarked.into_iter().collect::<Result<()>>()?;
        Ok(batch)
    }

    async fn bring_to_old(&self, entries: Vec<ScanEntry>) -> DrainBatch {
        let mut batch = DrainBatch {
            seen: entries.len() as u64,
            ..DrainBatch::default()
        };
        let told: Vec<(CartKey, Result<bool>)> = stream::iter(entries)
            .map(|ScanEntry { key, record }| async move {
                let told = self.bring_one_to_old(&key, &record).await;
                (key, told)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (key, told) in told {
            match told {
                Ok(true) => batch.told += 1,
                Ok(false) => batch.refused.push((key, ErrorKind::Busy)),
                Err(error) => batch.refused.push((key, error.kind())),
            }
        }
        batch
    }

    async fn bring_one_to_old(
        &self,
        key: &CartKey,
        record: &cart_core::CartRecord,
    ) -> Result<bool> {
        let told = self.store.tell_old(key, record).await?;
        if told {
            let version = record.header.version;
            self.store.pair().new.unmark(key, version).await?;
        }
        Ok(told)
    }
}

impl DualWriteStore {
    /// What both stores still owe to each other.
    ///
    /// # Errors
    ///
    /// What the stores answer.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn owed(&self) -> Result<Owed> {
        let mut owed = Owed::default();
        for side in [Side::Old, Side::New] {
            let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
            request.select = Select::Marked;
            request.detail = cart_core::Detail::Headers;
            loop {
                let page = self.pair().at(side).scan(&request).await?;
                owed.records += page.entries.len() as u64;
                let written = page.entries.iter();
                let written = written.map(|entry| entry.record.header.updated_at);
                owed.oldest = owed.oldest.into_iter().chain(written).min();
                match page.next {
                    Some(next) => request.cursor = Some(next),
                    None => break,
                }
            }
        }
        Ok(owed)
    }
}
