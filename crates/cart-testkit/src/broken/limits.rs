//! Defects around the limit of a record's size.

use async_trait::async_trait;
use cart_core::{CartRecord, Error, ErrorKind, Operation, Result, SaveRequest, StoreInfo};

use super::defect::{Defect, Store};
use super::{BrokenStore, over};
use crate::clause::Clause::Save7;
use crate::simulated::SimulatedHarness;

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "character-limit",
        defect: "the limit counts characters, not bytes",
        clauses: &[Save7],
        expected: &["limit_counts_bytes"],
        harness: |name| over(UNLIMITED, name, || CharacterLimit),
    },
    BrokenStore {
        name: "late-limit",
        defect: "a record above the limit is refused after it was written",
        clauses: &[Save7],
        expected: &["record_over_the_limit_is_refused"],
        harness: |name| over(UNLIMITED, name, || LateLimit),
    },
];

/// Leaves the limit to the defect.
const UNLIMITED: SimulatedHarness = SimulatedHarness {
    record_limit: None,
    survives_restart: true,
};

fn limited(store: &Store) -> StoreInfo {
    let mut info = store.info();
    info.capabilities.record_limit = Some(SimulatedHarness::RECORD_LIMIT);
    info
}

fn too_large(store: &Store) -> Error {
    Error::new(ErrorKind::TooLarge, "the record is larger than the limit")
        .during(Operation::Save)
        .in_store(&store.info().name)
}

fn characters(record: &CartRecord) -> usize {
    let parts = &record.parts;
    [
        &parts.items,
        &parts.conditions,
        &parts.metadata,
        &record.header.ledger,
    ]
    .map(|part| part.as_str().chars().count())
    .iter()
    .sum()
}

#[derive(Debug)]
struct CharacterLimit;

#[async_trait]
impl Defect for CharacterLimit {
    fn info(&self, store: &Store) -> StoreInfo {
        limited(store)
    }

    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        if characters(&request.record) > SimulatedHarness::RECORD_LIMIT {
            return Err(too_large(store));
        }
        store.save(request).await
    }
}

#[derive(Debug)]
struct LateLimit;

#[async_trait]
impl Defect for LateLimit {
    fn info(&self, store: &Store) -> StoreInfo {
        limited(store)
    }

    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        store.save(request).await?;
        if request.record.size() > SimulatedHarness::RECORD_LIMIT {
            return Err(too_large(store));
        }
        Ok(())
    }
}
