//! The old store is emptied, once nobody needs it any more.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartRecord, CartStore, Clock, Cursor, Detail, Error, ErrorKind, Expect, Operation, Result,
    SaveRequest, ScanEntry, ScanRequest, Select,
};

use super::fence::is_written;
use super::phase::CLASS;
use super::{DualWriteStore, Phase, Phases, Preconditions};

/// The emptying of an old store, batch by batch: its own table, prefix or folder, and nothing else.
#[derive(Debug)]
pub struct RetireRun {
    old: Arc<dyn CartStore>,
    clock: Arc<dyn Clock>,
    next: Option<(Select, Option<Cursor>)>,
}

/// How many records are read at once.
const BATCH: usize = 500;

impl Phases {
    /// Begins to empty the old store. The note of the phase stays: it stops whoever still knows
    /// nothing of the migration's end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when the migration is not complete, or not for long enough; what the
    /// old store answers.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn retire(&self, conditions: Preconditions) -> Result<RetireRun> {
        let lasted = self.lasted().await?;
        let is_over = lasted.is_some_and(|lasted| lasted >= conditions.monitoring);
        if self.state().await?.phase != Phase::Complete || !is_over {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the migration is not complete, or not for long enough: the old store is kept until \
                 the monitoring period after `complete` is over",
            )
            .during(Operation::Sweep)
            .in_store(&DualWriteStore::NAME.into()));
        }
        Ok(RetireRun {
            old: Arc::clone(&self.old),
            clock: Arc::clone(&self.clock),
            next: Some((Select::Live, None)),
        })
    }
}

impl RetireRun {
    /// Removes the next records, and tells how many; `None` when there are no more.
    ///
    /// # Errors
    ///
    /// What the old store answers. The batch can then be asked for again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some records are removed and some not.
    pub async fn next_batch(&mut self) -> Result<Option<u64>> {
        let Some((select, cursor)) = self.next.clone() else {
            return Ok(None);
        };
        let mut request = ScanRequest::new(BATCH);
        request.detail = Detail::Headers;
        request.select = select;
        request.cursor = cursor;
        let page = self.old.scan(&request).await?;
        let doomed = page.entries.into_iter();
        let doomed = doomed.filter(|entry| entry.key.owner().class().as_str() != CLASS);
        let requests: Vec<SaveRequest> = doomed
            .map(|entry| self.removal(entry))
            .collect::<Result<_>>()?;
        let mut removed = 0;
        for answer in self.old.save_many(&requests).await? {
            removed += u64::from(is_written(answer)?);
        }
        while self.old.sweep(BATCH).await? == BATCH {}
        self.next = match (page.next, select) {
            (Some(cursor), select) => Some((select, Some(cursor))),
            (None, Select::Live) => Some((Select::Tombstones, None)),
            (None, _) => None,
        };
        Ok(Some(removed))
    }

    /// Puts what is gone at once over exactly this record.
    fn removal(&self, entry: ScanEntry) -> Result<SaveRequest> {
        let now = self.clock.now();
        let at = now.saturating_sub(Duration::from_millis(1));
        let version = entry.record.header.version;
        let last = version.next(version.write_id())?;
        let gone = CartRecord::new(last, at).tombstone(last, at, Some(now));
        Ok(SaveRequest::new(entry.key, gone, Expect::Version(version)))
    }
}
