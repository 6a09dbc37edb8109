//! All carts go from one store to the other, one by one, each behind its fence.

use cart_core::{CartKey, CartStore, Cursor, Detail, Result, ScanRequest, Stored};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::form::Found;
use super::{DualWriteStore, Side, TRIES, overtaken};

/// Which way carts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Back to the old store.
    Back,
    /// To the new store.
    Forward,
}

/// How carts are moved.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MovePlan {
    /// Which way.
    pub direction: Direction,
    /// How many carts are read at once.
    pub batch_size: usize,
    /// How many are moved at the same time.
    pub at_once: usize,
}

/// A pass over the old store that moves what isn't where it should be, batch by batch.
///
/// Several at a time, one that is ended at any time, and writers beside it do no harm: a cart can't
/// be written for as long as it takes to write it to the other store.
#[derive(Debug)]
pub struct MoveRun {
    store: DualWriteStore,
    plan: MovePlan,
    next: Next,
}

/// Where a pass goes on.
#[derive(Clone, Debug)]
enum Next {
    Begin,
    GoOn(Cursor),
    Nothing,
}

/// What one batch has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveBatch {
    /// How many records were read.
    pub seen: u64,
    /// How many of them were not where they should be, and are now.
    pub moved: u64,
}

impl MovePlan {
    /// Moves all carts in this direction, in batches of 500, 32 at a time.
    pub const fn new(direction: Direction) -> Self {
        Self {
            direction,
            batch_size: 500,
            at_once: 32,
        }
    }

    /// The same, with batches of so many records.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size.clamp(1, ScanRequest::MAX_LIMIT);
        self
    }

    /// The same, with so many carts moved at the same time.
    #[must_use]
    pub fn at_once(mut self, at_once: usize) -> Self {
        self.at_once = at_once.max(1);
        self
    }

    /// Begins a pass. Nothing is read or written before the first batch is asked for.
    pub fn begin(self, store: DualWriteStore) -> MoveRun {
        MoveRun {
            store,
            plan: self,
            next: Next::Begin,
        }
    }
}

impl MoveRun {
    /// Moves the next carts; `None` when the pass has come to its end. A batch may be empty without
    /// being the last.
    ///
    /// # Errors
    ///
    /// What the stores answer. The batch can then be asked for again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some carts were moved, and some may be on their way: the next who
    /// writes to one, and the next call, bring it to its end.
    pub async fn next_batch(&mut self) -> Result<Option<MoveBatch>> {
        let cursor = match self.next.clone() {
            Next::Begin => None,
            Next::GoOn(cursor) => Some(cursor),
            Next::Nothing => return Ok(None),
        };
        let mut request = ScanRequest::new(self.plan.batch_size);
        request.detail = Detail::Headers;
        request.cursor = cursor;
        let page = self.store.pair().old.scan(&request).await?;
        let seen = page.entries.len() as u64;
        let goes_back = self.plan.direction == Direction::Back;
        let to_move = page.entries.into_iter().filter_map(|entry| {
            let is_fit = match Found::of(Stored::Live(entry.record)) {
                Found::Home(_) => !goes_back,
                Found::Moving(_) => true,
                Found::Moved(_) => goes_back,
            };
            is_fit.then_some(entry.key)
        });
        let (store, plan) = (&self.store, self.plan);
        let moved: Vec<bool> = stream::iter(to_move)
            .map(|key| async move { store.bring(&key, plan.direction).await })
            .buffer_unordered(plan.at_once)
            .try_collect()
            .await?;
        self.next = page.next.map_or(Next::Nothing, Next::GoOn);
        Ok(Some(MoveBatch {
            seen,
            moved: moved.into_iter().filter(|moved| *moved).count() as u64,
        }))
    }
}

impl DualWriteStore {
    /// Brings a cart home in this direction; tells whether it was elsewhere.
    async fn bring(&self, key: &CartKey, direction: Direction) -> Result<bool> {
        let wanted = match direction {
            Direction::Forward => Side::New,
            Direction::Back => Side::Old,
        };
        for attempt in 0..TRIES {
            let home = self.home(key).await?;
            let is_absent = wanted == Side::New && !matches!(home.stored, Stored::Live(_));
            if home.side == wanted || is_absent {
                return Ok(attempt > 0);
            }
            self.move_from(&home, key).await?;
        }
        Err(overtaken())
    }
}
