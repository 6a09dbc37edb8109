//! Defects in lists and scans.

use async_trait::async_trait;
use cart_core::{
    ErrorKind, Instance, Owner, Rename, RenameSupport, Result, ScanPage, ScanRequest, ScanSupport,
    StoreInfo,
};

use super::defect::{Defect, Store};
use super::{BrokenStore, with};
use crate::clause::Clause::{Cap1, Inst1, Scan1, Scan2, Scan3, Scan4};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "no-instances",
        defect: "an owner's instances are always none",
        clauses: &[Inst1],
        expected: &[
            "carts_merge_once",
            "deleted_cart_is_in_no_list",
            "deletions_and_renames_survive_a_restart",
            "each_live_instance_is_listed_once",
            "expired_instance_is_not_listed",
            "forgetting_an_owner_forgets_all_instances",
            "hostile_instances_are_listed_as_they_are",
            "instance_that_is_made_again_is_listed_again",
            "list_agrees_with_what_is_stored_after_a_race",
            "many_instances_are_listed",
            "random_calls_are_answered_as_by_the_reference",
            "renamed_carts_move_between_lists",
            "similar_owners_have_their_own_instances",
        ],
        harness: |name| with(name, || NoInstances),
    },
    BrokenStore {
        name: "wide-instances",
        defect: "an owner's instances are those of all owners whose identifier begins alike",
        clauses: &[Inst1],
        expected: &[
            "forgetting_an_owner_forgets_all_instances",
            "similar_owners_have_their_own_instances",
        ],
        harness: |name| with(name, || WideInstances),
    },
    BrokenStore {
        name: "skipping-scan",
        defect: "each page after the first leaves its first cart out",
        clauses: &[Scan1, Scan2, Scan3],
        expected: &[
            "clean_up_goes_on_in_another_handle",
            "clean_up_takes_what_is_strictly_older",
            "cursor_goes_on_after_a_restart",
            "cursor_goes_on_from_its_text",
            "cursor_goes_on_in_another_handle",
            "scan_at_rest_sees_each_cart_once",
            "scan_gives_hostile_keys_back",
            "scan_of_marked_records_sees_carts_and_tombstones",
            "scan_sees_carts_that_live_all_through_it",
        ],
        harness: |name| with(name, || SkippingScan),
    },
    BrokenStore {
        name: "ownerless-scan",
        defect: "a scan gives the carts of all owners, whichever is asked for",
        clauses: &[Scan1, Scan4],
        expected: &[
            "cursor_of_another_request_is_refused",
            "scan_keeps_to_its_owner",
        ],
        harness: |name| with(name, || OwnerlessScan),
    },
    BrokenStore {
        name: "restarting-scan",
        defect: "a foreign cursor starts the scan again",
        clauses: &[Scan4],
        expected: &[
            "cursor_of_another_request_is_refused",
            "cursor_of_another_store_is_refused",
            "error_of_a_scan_tells_no_identifier_and_no_content",
            "errors_of_a_scan_tell_operation_and_store",
            "forged_cursor_is_refused",
        ],
        harness: |name| with(name, || RestartingScan),
    },
    BrokenStore {
        name: "greedy-scan",
        defect: "a page holds as much as there is",
        clauses: &[Scan1, Scan2, Scan3, Scan4],
        expected: &[
            "cursor_goes_on_after_a_restart",
            "cursor_goes_on_from_its_text",
            "cursor_goes_on_in_another_handle",
            "cursor_of_another_request_is_refused",
            "page_is_never_larger_than_asked_for",
            "scan_at_rest_sees_each_cart_once",
            "scan_gives_hostile_keys_back",
            "scan_of_marked_records_sees_carts_and_tombstones",
        ],
        harness: |name| with(name, || GreedyScan),
    },
    BrokenStore {
        name: "empty-scan",
        defect: "a scan, which is not declared, finds nothing, with Ok",
        clauses: &[Cap1],
        expected: &["scan_is_declared_or_unsupported"],
        harness: |name| with(name, || EmptyScan),
    },
    BrokenStore {
        name: "empty-rename",
        defect: "a rename, which is not declared, does nothing, with Ok",
        clauses: &[Cap1],
        expected: &["rename_is_declared_or_unsupported"],
        harness: |name| with(name, || EmptyRename),
    },
];

#[derive(Debug)]
struct NoInstances;

#[async_trait]
impl Defect for NoInstances {
    async fn instances(&self, _store: &Store, _owner: &Owner) -> Result<Vec<Instance>> {
        Ok(Vec::new())
    }
}

#[derive(Debug)]
struct WideInstances;

#[async_trait]
impl Defect for WideInstances {
    async fn instances(&self, store: &Store, owner: &Owner) -> Result<Vec<Instance>> {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.tenant = Some(owner.tenant().clone());
        request.class = Some(owner.class().clone());
        let page = store.scan(&request).await?;
        let begins_alike = page.entries.into_iter().filter(|entry| {
            entry
                .key
                .owner()
                .identifier()
                .starts_with(owner.identifier())
        });
        Ok(begins_alike
            .map(|entry| entry.key.instance().clone())
            .collect())
    }
}

#[derive(Debug)]
struct SkippingScan;

#[async_trait]
impl Defect for SkippingScan {
    async fn scan(&self, store: &Store, request: &ScanRequest) -> Result<ScanPage> {
        let mut page = store.scan(request).await?;
        if request.cursor.is_some() && !page.entries.is_empty() {
            page.entries.remove(0);
        }
        Ok(page)
    }
}

#[derive(Debug)]
struct OwnerlessScan;

#[async_trait]
impl Defect for OwnerlessScan {
    async fn scan(&self, store: &Store, request: &ScanRequest) -> Result<ScanPage> {
        let mut all = request.clone();
        all.owner = None;
        store.scan(&all).await
    }
}

#[derive(Debug)]
struct RestartingScan;

#[async_trait]
impl Defect for RestartingScan {
    async fn scan(&self, store: &Store, request: &ScanRequest) -> Result<ScanPage> {
        match store.scan(request).await {
            Err(error) if error.kind() == ErrorKind::Invalid => {
                let mut again = request.clone();
                again.cursor = None;
                store.scan(&again).await
            }
            answer => answer,
        }
    }
}

#[derive(Debug)]
struct GreedyScan;

#[async_trait]
impl Defect for GreedyScan {
    async fn scan(&self, store: &Store, request: &ScanRequest) -> Result<ScanPage> {
        let mut all = request.clone();
        all.limit = ScanRequest::MAX_LIMIT;
        store.scan(&all).await
    }
}

#[derive(Debug)]
struct EmptyScan;

#[async_trait]
impl Defect for EmptyScan {
    fn info(&self, store: &Store) -> StoreInfo {
        let mut info = store.info();
        info.capabilities.scan = ScanSupport::None;
        info
    }

    async fn scan(&self, _store: &Store, _request: &ScanRequest) -> Result<ScanPage> {
        Ok(ScanPage {
            entries: Vec::new(),
            next: None,
        })
    }
}

#[derive(Debug)]
struct EmptyRename;

#[async_trait]
impl Defect for EmptyRename {
    fn info(&self, store: &Store) -> StoreInfo {
        let mut info = store.info();
        info.capabilities.rename = RenameSupport::None;
        info
    }

    async fn rename(&self, _store: &Store, _rename: &Rename) -> Result<()> {
        Ok(())
    }
}
