//! Defects in how a cart gets another key.

use async_trait::async_trait;
use cart_core::{Error, ErrorKind, Expect, Operation, Rename, Result, SaveRequest, Verdict};
use tokio::sync::Mutex;

use super::defect::{Defect, Store, pause, stored};
use super::{BrokenStore, with};
use crate::clause::Clause::{Ren1, Ren2, Ren3, Ren4, Ren5, Save3};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "ruthless-rename",
        defect: "a rename deletes whatever the target holds",
        clauses: &[Ren2],
        expected: &[
            "chained_renames_lose_nothing",
            "errors_of_a_rename_tell_operation_and_store",
            "one_of_two_renames_to_a_key_wins",
            "random_calls_are_answered_as_by_the_reference",
            "rename_onto_a_live_cart_is_rejected",
            "rename_that_expects_another_target_is_rejected",
        ],
        harness: |name| with(name, || RuthlessRename),
    },
    BrokenStore {
        name: "destructive-self-rename",
        defect: "a rename onto itself destroys the cart",
        clauses: &[Ren5],
        expected: &[
            "random_calls_are_answered_as_by_the_reference",
            "rename_onto_itself_changes_nothing",
        ],
        harness: |name| with(name, || DestructiveSelfRename),
    },
    BrokenStore {
        name: "copying-rename",
        defect: "a rename leaves the cart under its old key, too",
        clauses: &[Ren1, Ren4],
        expected: &[
            "carts_merge_once",
            "chained_renames_lose_nothing",
            "deletions_and_renames_survive_a_restart",
            "dropped_rename_is_whole_or_nothing",
            "lost_reply_of_a_rename_is_settled_by_the_same_rename",
            "nobody_sees_both_carts_or_neither",
            "one_of_two_renames_of_a_cart_wins",
            "one_of_two_renames_to_a_key_wins",
            "opposite_renames_lose_nothing",
            "random_calls_are_answered_as_by_the_reference",
            "rename_crosses_tenants_and_kinds",
            "rename_keeps_the_expiry_that_it_is_given",
            "rename_stores_the_record_that_it_is_given",
            "rename_there_and_back_keeps_the_cart",
            "renamed_cart_is_under_its_new_key",
            "renamed_carts_move_between_lists",
            "same_rename_again_is_ok",
            "save_beside_a_rename_is_never_lost",
            "transferred_cart_belongs_to_its_new_owner",
            "writer_of_the_old_key_is_rejected",
        ],
        harness: |name| with(name, || CopyingRename),
    },
    BrokenStore {
        name: "stepwise-rename",
        defect: "a rename that is declared atomic takes two steps",
        clauses: &[Ren4, Save3],
        expected: &[
            "dropped_rename_is_whole_or_nothing",
            "nobody_sees_both_carts_or_neither",
            "one_of_two_renames_of_a_cart_wins",
        ],
        harness: |name| with(name, StepwiseRename::default),
    },
    BrokenStore {
        name: "silent-rename",
        defect: "a rename of nothing is Ok",
        clauses: &[Ren3],
        expected: &[
            "error_of_a_rename_tells_no_identifier_and_no_content",
            "errors_of_a_rename_tell_operation_and_store",
            "one_of_two_renames_of_a_cart_wins",
            "random_calls_are_answered_as_by_the_reference",
            "rename_of_a_deleted_cart_is_not_found",
            "rename_of_an_expired_cart_is_not_found",
            "rename_of_nothing_is_not_found",
            "rename_that_finds_no_source_leaves_the_target",
        ],
        harness: |name| with(name, || SilentRename),
    },
];

#[derive(Debug)]
struct RuthlessRename;

#[async_trait]
impl Defect for RuthlessRename {
    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        let mut rename = rename.clone();
        rename.expect_to = Expect::Any;
        store.rename(&rename).await
    }
}

#[derive(Debug)]
struct DestructiveSelfRename;

#[async_trait]
impl Defect for DestructiveSelfRename {
    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        if rename.from != rename.to {
            return store.rename(rename).await;
        }
        let gone = SaveRequest::new(rename.to.clone(), rename.tombstone.clone(), Expect::Any);
        store.save(&gone).await
    }
}

/// Whether a rename has anything to do.
async fn judge(store: &Store, rename: &Rename) -> Result<Verdict> {
    let from = stored(store, &rename.from).await?;
    let to = stored(store, &rename.to).await?;
    rename
        .judge(&from, &to)
        .map_err(|error| as_rename(store, error))
}

/// The half of a rename that is about the target.
async fn save_target(store: &Store, rename: &Rename) -> Result<()> {
    let request = SaveRequest::new(rename.to.clone(), rename.record.clone(), rename.expect_to);
    let saved = store.save(&request).await;
    saved.map_err(|error| as_rename(store, error))
}

/// The error as a rename tells it.
fn as_rename(store: &Store, error: Error) -> Error {
    match error.conflict() {
        Some(conflict) => Error::from_conflict(conflict.clone()),
        None => error,
    }
    .during(Operation::Rename)
    .in_store(&store.info().name)
}

#[derive(Debug)]
struct CopyingRename;

#[async_trait]
impl Defect for CopyingRename {
    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        match judge(store, rename).await? {
            Verdict::Keep => Ok(()),
            Verdict::Write => save_target(store, rename).await,
        }
    }
}

/// The first steps of renames wait for each other, so that the defect lies between the two steps of
/// one rename alone.
#[derive(Debug, Default)]
struct StepwiseRename(Mutex<()>);

#[async_trait]
impl Defect for StepwiseRename {
    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        {
            let _first_step = self.0.lock().await;
            if judge(store, rename).await? == Verdict::Keep {
                return Ok(());
            }
            save_target(store, rename).await?;
        }
        pause().await;
        let expect = Expect::Version(rename.expect_from);
        let request = SaveRequest::new(rename.from.clone(), rename.tombstone.clone(), expect);
        let saved = store.save(&request).await;
        saved.map_err(|error| as_rename(store, error))
    }
}

#[derive(Debug)]
struct SilentRename;

#[async_trait]
impl Defect for SilentRename {
    async fn rename(&self, store: &Store, rename: &Rename) -> Result<()> {
        match store.rename(rename).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            answer => answer,
        }
    }
}
