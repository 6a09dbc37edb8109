//! Defects in what handles share, and what outlives them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, Error, LoadRequest, Operation, Parts, Rename, Result, SaveRequest, Stored,
    Verdict, Version,
};
use tokio::sync::Mutex;

use super::defect::{Defect, Store, stored};
use super::{BrokenStore, Misconfigured, with};
use crate::clause::Clause::{Cap1, Dur1, Load1, Save2, Save6};
use crate::simulated::SimulatedHarness;

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "stale-cache",
        defect: "each handle answers from a cache that no other handle reaches",
        clauses: &[Load1],
        expected: &[
            "history_through_two_handles_is_linearizable",
            "random_calls_are_answered_as_by_the_reference",
            "second_handle_sees_an_acknowledged_delete",
            "second_handle_sees_an_acknowledged_save",
        ],
        harness: |name| with(name, StaleCache::default),
    },
    BrokenStore {
        name: "forgetful-restart",
        defect: "a restart loses what was acknowledged",
        clauses: &[Dur1],
        expected: &[
            "acknowledged_writes_survive_a_restart",
            "cursor_goes_on_after_a_restart",
            "deletions_and_renames_survive_a_restart",
            "every_byte_is_back_after_a_restart",
        ],
        harness: |name| {
            Arc::new(Misconfigured {
                name,
                harness: SimulatedHarness {
                    survives_restart: false,
                    ..SimulatedHarness::new()
                },
                stopped_clock: false,
            })
        },
    },
    BrokenStore {
        name: "tidied-restart",
        defect: "what another handle wrote comes back without the blanks around it",
        clauses: &[Save6],
        expected: &["every_byte_is_back_after_a_restart"],
        harness: |name| with(name, TidiedRestart::default),
    },
    BrokenStore {
        name: "hollow-lock",
        defect: "a lock keeps nobody out",
        clauses: &[Cap1],
        expected: &[
            "edits_under_a_lock_never_conflict",
            "lock_keeps_other_holders_out",
        ],
        harness: |name| with(name, || HollowLocks),
    },
    BrokenStore {
        name: "all-or-nothing-batch",
        defect: "one rejected entry keeps a whole batch from being written",
        clauses: &[Save2],
        expected: &[
            "cart_touched_during_a_clean_up_survives",
            "entries_of_a_batch_stand_alone",
            "large_batch_is_answered_in_order",
        ],
        harness: |name| with(name, || AllOrNothingBatch),
    },
];

/// What this handle has seen; whoever asks or writes through it waits for its turn.
#[derive(Debug, Default)]
struct StaleCache(Mutex<BTreeMap<CartKey, Stored>>);

#[async_trait]
impl Defect for StaleCache {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let mut seen = self.0.lock().await;
        if let Some(found) = seen.get(&request.key) {
            return Ok(found.clone());
        }
        let found = store.load(request).await?;
        if let Stored::Live(record) = &found
            && record.header.expires_at.is_none()
        {
            seen.insert(request.key.clone(), found.clone());
        }
        Ok(found)
    }

    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        let mut seen = self.0.lock().await;
        seen.remove(&request.key);
        store.save(request).await
    }

    async fn save_many(&self, store: &Store, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut seen = self.0.lock().await;
        seen.clear();
        store.save_many(batch).await
    }

    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        let mut seen = self.0.lock().await;
        seen.clear();
        store.rename(rename).await
    }
}

/// What this handle has written, and therefore still has as it was.
#[derive(Debug, Default)]
struct TidiedRestart(Mutex<BTreeSet<Version>>);

#[async_trait]
impl Defect for TidiedRestart {
    async fn request(&self, _store: &Store, request: SaveRequest) -> Result<SaveRequest> {
        self.0.lock().await.insert(request.record.header.version);
        Ok(request)
    }

    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let mut stored = store.load(request).await?;
        if let Stored::Live(record) = &mut stored
            && !self.0.lock().await.contains(&record.header.version)
        {
            let Parts {
                items,
                conditions,
                metadata,
            } = &mut record.parts;
            for part in [items, conditions, metadata] {
                *part = part.as_str().trim().into();
            }
        }
        Ok(stored)
    }
}

#[derive(Debug)]
struct HollowLocks;

#[async_trait]
impl Defect for HollowLocks {
    async fn lock(&self, store: &Store, key: &CartKey) -> Result<Box<dyn CartLock>> {
        Ok(Box::new(HollowLock {
            stored: stored(store, key).await?,
            store: Arc::clone(store),
        }))
    }
}

#[derive(Debug)]
struct HollowLock {
    store: Store,
    stored: Stored,
}

#[async_trait]
impl CartLock for HollowLock {
    fn stored(&self) -> &Stored {
        &self.stored
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        self.store
            .save(request)
            .await
            .map_err(|error| match error.conflict() {
                Some(conflict) => Error::from_conflict(conflict.clone())
                    .during(Operation::Lock)
                    .in_store(&self.store.info().name),
                None => error,
            })
    }
}

#[derive(Debug)]
struct AllOrNothingBatch;

#[async_trait]
impl Defect for AllOrNothingBatch {
    async fn save_many(&self, store: &Store, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut verdicts = Vec::new();
        for request in batch {
            let found = stored(store, &request.key).await?;
            let verdict = request.expect.judge(request.record.header.version, &found);
            let name = store.info().name;
            verdicts
                .push(verdict.map_err(|error| error.during(Operation::SaveMany).in_store(&name)));
        }
        if verdicts.iter().all(Result::is_ok) {
            return store.save_many(batch).await;
        }
        Ok(verdicts
            .into_iter()
            .map(|verdict| verdict.map(drop::<Verdict>))
            .collect())
    }
}
