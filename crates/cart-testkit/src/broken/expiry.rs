//! Defects in what happens when a cart's time is up.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{LoadRequest, Result, SaveRequest, Stored};

use super::defect::{Defect, Store, stored};
use super::{BrokenStore, Misconfigured, with};
use crate::clause::Clause::{Exp1, Exp2, Exp3, Load3};
use crate::simulated::SimulatedHarness;

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "lost-expiry",
        defect: "a save drops the expiry",
        clauses: &[Exp1, Exp2, Exp3],
        expected: &[
            "batch_keeps_the_expiry_of_each_entry",
            "cart_is_there_until_it_expires",
            "erased_owner_leaves_no_tombstone",
            "every_write_path_keeps_every_field",
            "expired_cart_can_be_made_again",
            "expired_cart_is_in_no_scan",
            "expired_instance_is_not_listed",
            "expired_version_is_not_stored_any_more",
            "expiry_at_the_end_of_time_is_kept",
            "load_changes_nothing",
            "older_keeps_the_version_that_it_was_given",
            "older_writes_over_an_expired_cart",
            "random_calls_are_answered_as_by_the_reference",
            "record_that_has_expired_already_is_absent",
            "rejected_save_changes_nothing",
            "rejected_write_renews_nothing",
            "rename_of_an_expired_cart_is_not_found",
            "renewal_revives_nothing",
            "renewal_takes_no_time_away",
            "sweep_keeps_to_its_limit",
            "sweep_removes_only_what_has_expired",
            "sweep_spares_what_is_renewed_meanwhile",
            "tombstone_is_gone_when_its_time_is_up",
            "version_of_an_expired_cart_is_rejected",
            "write_renews_the_expiry_of_the_whole_record",
        ],
        harness: |name| with(name, || LostExpiry),
    },
    BrokenStore {
        name: "sticky-expiry",
        defect: "a save keeps the expiry that was stored before",
        clauses: &[Exp2, Exp3],
        expected: &[
            "overwrite_replaces_every_part",
            "random_calls_are_answered_as_by_the_reference",
            "write_renews_the_expiry_of_the_whole_record",
            "write_without_an_expiry_ends_the_old_one",
        ],
        harness: |name| with(name, || StickyExpiry),
    },
    BrokenStore {
        name: "served-expired",
        defect: "what has expired is served all the same",
        clauses: &[Exp1, Exp2, Exp3],
        expected: &[
            "batch_keeps_the_expiry_of_each_entry",
            "cart_is_there_until_it_expires",
            "expired_cart_can_be_made_again",
            "expired_cart_is_in_no_scan",
            "expired_instance_is_not_listed",
            "expired_version_is_not_stored_any_more",
            "older_writes_over_an_expired_cart",
            "random_calls_are_answered_as_by_the_reference",
            "read_cart_lives_on_where_reading_renews_it",
            "rejected_save_changes_nothing",
            "rejected_write_renews_nothing",
            "rename_keeps_the_expiry_that_it_is_given",
            "rename_of_an_expired_cart_is_not_found",
            "renewal_revives_nothing",
            "sweep_keeps_to_its_limit",
            "sweep_removes_only_what_has_expired",
            "sweep_spares_what_is_renewed_meanwhile",
            "tombstone_is_gone_when_its_time_is_up",
            "version_of_an_expired_cart_is_rejected",
            "write_renews_the_expiry_of_the_whole_record",
        ],
        harness: |name| {
            Arc::new(Misconfigured {
                name,
                harness: SimulatedHarness::new(),
                stopped_clock: true,
            })
        },
    },
    BrokenStore {
        name: "forgetful-renewal",
        defect: "a load does not renew the expiry that it was asked to renew",
        clauses: &[Exp2, Load3],
        expected: &[
            "random_calls_are_answered_as_by_the_reference",
            "read_cart_lives_on_where_reading_renews_it",
            "renewal_moves_the_expiry_and_nothing_else",
            "unmark_leaves_a_renewed_expiry",
        ],
        harness: |name| with(name, || ForgetfulRenewal),
    },
    BrokenStore {
        name: "hasty-renewal",
        defect: "a renewal to an earlier moment shows in what the load answers",
        clauses: &[Exp2, Load3],
        expected: &["renewal_takes_no_time_away"],
        harness: |name| with(name, || HastyRenewal),
    },
    BrokenStore {
        name: "touching-load",
        defect: "a load renews an expiry that it was not asked to renew",
        clauses: &[Load3, Exp1, Exp2, Exp3],
        expected: &[
            "batch_keeps_the_expiry_of_each_entry",
            "cart_is_there_until_it_expires",
            "every_write_path_keeps_every_field",
            "expired_version_is_not_stored_any_more",
            "load_changes_nothing",
            "older_keeps_the_version_that_it_was_given",
            "random_calls_are_answered_as_by_the_reference",
            "rejected_save_changes_nothing",
            "rename_keeps_the_expiry_that_it_is_given",
            "renewal_moves_the_expiry_and_nothing_else",
            "renewal_takes_no_time_away",
            "sweep_removes_only_what_has_expired",
            "sweep_spares_what_is_renewed_meanwhile",
            "unmark_leaves_a_renewed_expiry",
            "write_renews_the_expiry_of_the_whole_record",
        ],
        harness: |name| with(name, || TouchingLoad),
    },
];

#[derive(Debug)]
struct LostExpiry;

#[async_trait]
impl Defect for LostExpiry {
    async fn request(&self, _store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        request.record.header.expires_at = None;
        Ok(request)
    }
}

#[derive(Debug)]
struct StickyExpiry;

#[async_trait]
impl Defect for StickyExpiry {
    async fn request(&self, store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if let Stored::Live(before) = stored(store, &request.key).await?
            && !request.record.is_tombstone()
        {
            request.record.header.expires_at = before.header.expires_at;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct ForgetfulRenewal;

#[async_trait]
impl Defect for ForgetfulRenewal {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let mut request = request.clone();
        request.renew = None;
        store.load(&request).await
    }
}

#[derive(Debug)]
struct HastyRenewal;

#[async_trait]
impl Defect for HastyRenewal {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let mut stored = store.load(request).await?;
        if let (Some(renew), Stored::Live(record)) = (request.renew, &mut stored) {
            let expires_at = record.header.expires_at;
            // Only where much time is taken away: random calls would meet less now and then.
            if expires_at.is_some_and(|at| at.since(renew) > Duration::from_secs(1)) {
                record.header.expires_at = Some(renew);
            }
        }
        Ok(stored)
    }
}

#[derive(Debug)]
struct TouchingLoad;

#[async_trait]
impl Defect for TouchingLoad {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let mut request = request.clone();
        if let (None, Stored::Live(record)) = (request.renew, stored(store, &request.key).await?) {
            let expires_at = record.header.expires_at;
            request.renew = expires_at.map(|at| at.saturating_add(Duration::from_secs(60)));
        }
        store.load(&request).await
    }
}
