//! Defects in what a write asks of what is stored.

use async_trait::async_trait;
use cart_core::{Conflict, Error, Expect, Operation, Result, SaveRequest, Stored};

use super::defect::{Defect, Store, stored};
use super::{BrokenStore, with};
use crate::clause::Clause::{Del2, Del3, Save1, Save2, Save3, Save4, Save5, Save8};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "ignored-version",
        defect: "a save compares with the version that is stored, not with the caller's",
        clauses: &[Save2, Save3, Save5, Del2],
        expected: &[
            "cart_touched_during_a_clean_up_survives",
            "conflict_is_permanent",
            "conflict_names_the_version_that_is_stored",
            "damaged_record_is_not_overwritten",
            "deletion_that_expects_another_version_is_rejected",
            "edits_through_two_handles_add_up",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "list_agrees_with_what_is_stored_after_a_race",
            "no_increment_is_lost",
            "one_of_many_saves_wins",
            "one_of_save_and_deletion_wins",
            "one_winner_among_two_handles",
            "overtaken_save_is_rejected_when_made_again",
            "random_calls_are_answered_as_by_the_reference",
            "rejected_save_changes_nothing",
            "sequence_alone_does_not_match",
            "stale_snapshot_is_rejected_with_the_current_cart",
            "stale_version_is_rejected",
            "version_of_an_earlier_life_never_matches",
            "versions_at_their_limits_are_compared",
            "write_id_alone_does_not_match",
            "writer_of_the_replaced_cart_is_rejected",
        ],
        harness: |name| with(name, || IgnoredVersion),
    },
    BrokenStore {
        name: "sequence-only",
        defect: "a save compares the sequence and leaves the write id out",
        clauses: &[Save5],
        expected: &[
            "sequence_alone_does_not_match",
            "version_of_an_earlier_life_never_matches",
            "versions_at_their_limits_are_compared",
        ],
        harness: |name| with(name, || SequenceOnly),
    },
    BrokenStore {
        name: "resurrecting-save",
        defect: "a save over a deleted, expired or missing cart goes through",
        clauses: &[Save2, Del3],
        expected: &[
            "deletion_of_a_version_that_was_never_stored_is_rejected",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "large_batch_is_answered_in_order",
            "late_writer_does_not_revive_a_deleted_cart",
            "list_agrees_with_what_is_stored_after_a_race",
            "one_of_save_and_deletion_wins",
            "random_calls_are_answered_as_by_the_reference",
            "save_beside_a_rename_is_never_lost",
            "version_of_a_deleted_cart_is_rejected",
            "version_of_an_expired_cart_is_rejected",
            "version_of_nothing_is_rejected",
            "writer_of_the_old_key_is_rejected",
        ],
        harness: |name| with(name, || ResurrectingSave),
    },
    BrokenStore {
        name: "silent-save",
        defect: "a save over nothing is dropped, with Ok",
        clauses: &[Save2],
        expected: &[
            "deletion_of_a_version_that_was_never_stored_is_rejected",
            "random_calls_are_answered_as_by_the_reference",
            "version_of_an_expired_cart_is_rejected",
            "version_of_nothing_is_rejected",
        ],
        harness: |name| with(name, || SilentSave),
    },
    BrokenStore {
        name: "blind-creation",
        defect: "a creation writes over a live cart",
        clauses: &[Save1, Save3],
        expected: &[
            "conflict_is_permanent",
            "conflict_tells_no_identifier_and_no_content",
            "conflict_tells_operation_and_store",
            "creation_over_a_live_cart_is_rejected",
            "damaged_record_is_not_overwritten",
            "entries_of_a_batch_stand_alone",
            "errors_of_a_batch_tell_operation_and_store",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "one_of_many_creations_wins",
            "random_calls_are_answered_as_by_the_reference",
            "rejected_save_changes_nothing",
            "rejected_write_renews_nothing",
        ],
        harness: |name| with(name, || BlindCreation),
    },
    BrokenStore {
        name: "blind-deletion",
        defect: "a deletion asks for no version",
        clauses: &[Del2],
        expected: &[
            "cart_touched_during_a_clean_up_survives",
            "deletion_of_a_version_that_was_never_stored_is_rejected",
            "deletion_over_a_live_cart_without_its_version_is_rejected",
            "deletion_that_expects_another_version_is_rejected",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "list_agrees_with_what_is_stored_after_a_race",
            "one_of_save_and_deletion_wins",
            "random_calls_are_answered_as_by_the_reference",
        ],
        harness: |name| with(name, || BlindDeletion),
    },
    BrokenStore {
        name: "strict-resave",
        defect: "the same save again is a conflict",
        clauses: &[Save4],
        expected: &[
            "calls_work_on_a_runtime_of_one_thread",
            "dropped_save_can_be_made_again",
            "lost_replies_double_nothing",
            "lost_reply_of_a_deletion_is_settled_by_the_same_save",
            "lost_reply_of_a_save_is_settled_by_the_same_save",
            "same_save_again_is_ok",
            "same_save_again_is_ok_whatever_it_expects",
            "same_tombstone_again_is_ok",
            "stored_version_is_never_written_again",
        ],
        harness: |name| with(name, || StrictResave),
    },
    BrokenStore {
        name: "backward-copy",
        defect: "a copy writes over a newer cart",
        clauses: &[Save8],
        expected: &[
            "copies_in_any_order_end_at_the_newest",
            "older_leaves_another_write_of_the_same_sequence",
            "older_never_goes_backwards",
            "older_never_revives_a_deleted_cart",
            "random_calls_are_answered_as_by_the_reference",
        ],
        harness: |name| with(name, || BackwardCopy),
    },
    BrokenStore {
        name: "mute-conflict",
        defect: "a conflict does not tell what is stored",
        clauses: &[Save1, Save2, Save5, Del2],
        expected: &[
            "conflict_names_the_version_that_is_stored",
            "creation_over_a_live_cart_is_rejected",
            "deletion_over_a_live_cart_without_its_version_is_rejected",
            "deletion_that_expects_another_version_is_rejected",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "late_creation_does_not_undo_a_deletion",
            "late_writer_does_not_revive_a_deleted_cart",
            "overtaken_save_is_rejected_when_made_again",
            "random_calls_are_answered_as_by_the_reference",
            "rejected_save_changes_nothing",
            "rejected_write_renews_nothing",
            "sequence_alone_does_not_match",
            "stale_version_is_rejected",
            "version_of_a_deleted_cart_is_rejected",
            "version_of_an_earlier_life_never_matches",
            "versions_at_their_limits_are_compared",
            "write_id_alone_does_not_match",
            "writer_of_the_old_key_is_rejected",
            "writer_of_the_replaced_cart_is_rejected",
        ],
        harness: |name| with(name, || MuteConflict),
    },
];

#[derive(Debug)]
struct IgnoredVersion;

#[async_trait]
impl Defect for IgnoredVersion {
    async fn request(&self, store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if let (Expect::Version(_), Stored::Live(_)) =
            (request.expect, stored(store, &request.key).await?)
        {
            request.expect = Expect::Any;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct SequenceOnly;

#[async_trait]
impl Defect for SequenceOnly {
    async fn request(&self, store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if let (Expect::Version(expected), Some(actual)) =
            (request.expect, stored(store, &request.key).await?.version())
            && expected.sequence() == actual.sequence()
        {
            request.expect = Expect::Version(actual);
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct ResurrectingSave;

#[async_trait]
impl Defect for ResurrectingSave {
    async fn request(&self, store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if let (Expect::Version(_), Stored::Missing | Stored::Tombstone(_)) =
            (request.expect, stored(store, &request.key).await?)
        {
            request.expect = Expect::Any;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct SilentSave;

#[async_trait]
impl Defect for SilentSave {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        match (request.expect, stored(store, &request.key).await?) {
            (Expect::Version(_), Stored::Missing) => Ok(()),
            _ => store.save(request).await,
        }
    }
}

#[derive(Debug)]
struct BlindCreation;

#[async_trait]
impl Defect for BlindCreation {
    async fn request(&self, store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        let live = matches!(stored(store, &request.key).await?, Stored::Live(_));
        if request.expect == Expect::Absent && live && !request.record.is_tombstone() {
            request.expect = Expect::Any;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct BlindDeletion;

#[async_trait]
impl Defect for BlindDeletion {
    async fn request(&self, _store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if request.record.is_tombstone() && request.expect != Expect::Older {
            request.expect = Expect::Any;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct StrictResave;

#[async_trait]
impl Defect for StrictResave {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        let found = stored(store, &request.key).await?;
        if found.version() == Some(request.record.header.version) {
            return Err(conflict(store, request, &found));
        }
        store.save(request).await
    }
}

#[derive(Debug)]
struct BackwardCopy;

#[async_trait]
impl Defect for BackwardCopy {
    async fn request(&self, _store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if request.expect == Expect::Older {
            request.expect = Expect::Any;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct MuteConflict;

#[async_trait]
impl Defect for MuteConflict {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        store.save(request).await.map_err(|error| {
            if error.conflict().is_some() {
                conflict(store, request, &Stored::Missing)
            } else {
                error
            }
        })
    }
}

/// The conflict of a save that found `found`.
fn conflict(store: &Store, request: &SaveRequest, found: &Stored) -> Error {
    let live = matches!(found, Stored::Live(_));
    Error::from_conflict(Conflict::new(request.expect, found.version(), live))
        .during(Operation::Save)
        .in_store(&store.info().name)
}
