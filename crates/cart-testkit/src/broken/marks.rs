//! Defects in marks.

use async_trait::async_trait;
use cart_core::{CartKey, Result, StoreInfo, Version};

use super::defect::{Defect, Store, stored};
use super::{BrokenStore, with};
use crate::clause::Clause::{Cap1, Mark1};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "hasty-unmark",
        defect: "a mark is taken off whatever version is stored",
        clauses: &[Mark1],
        expected: &["unmark_leaves_another_version_as_it_is"],
        harness: |name| with(name, || HastyUnmark),
    },
    BrokenStore {
        name: "lasting-mark",
        defect: "a mark is never taken off, with Ok",
        clauses: &[Mark1],
        expected: &[
            "unmark_leaves_a_renewed_expiry",
            "unmark_takes_off_the_mark_and_nothing_else",
            "unmark_takes_the_mark_off_a_tombstone",
        ],
        harness: |name| with(name, || LastingMark),
    },
    BrokenStore {
        name: "undeclared-marks",
        defect: "records are marked for callers, which is not declared",
        clauses: &[Mark1, Cap1],
        expected: &["marks_are_declared_or_unsupported"],
        harness: |name| with(name, || UndeclaredMarks),
    },
];

#[derive(Debug)]
struct HastyUnmark;

#[async_trait]
impl Defect for HastyUnmark {
    async fn unmark(&self, store: &Store, key: &CartKey, _version: Version) -> Result<()> {
        match stored(store, key).await?.version() {
            Some(stored) => store.unmark(key, stored).await,
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
struct LastingMark;

#[async_trait]
impl Defect for LastingMark {
    async fn unmark(&self, _store: &Store, _key: &CartKey, _version: Version) -> Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct UndeclaredMarks;

#[async_trait]
impl Defect for UndeclaredMarks {
    fn info(&self, store: &Store) -> StoreInfo {
        let mut info = store.info();
        info.capabilities.marks = false;
        info
    }
}
