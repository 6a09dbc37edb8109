//! Defects in what errors tell.

use std::io;

use async_trait::async_trait;
use cart_core::{Error, Result, RetryClass, SaveRequest};

use super::defect::{Defect, Store};
use super::{BrokenStore, with};
use crate::clause::Clause::{Err1, Err2};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "talkative-errors",
        defect: "errors tell whose cart it is",
        clauses: &[Err2],
        expected: &["conflict_tells_no_identifier_and_no_content"],
        harness: |name| with(name, || TalkativeErrors),
    },
    BrokenStore {
        name: "nameless-errors",
        defect: "errors tell neither operation nor store",
        clauses: &[Err1],
        expected: &["conflict_tells_operation_and_store"],
        harness: |name| with(name, || NamelessErrors),
    },
    BrokenStore {
        name: "hopeful-errors",
        defect: "conflicts claim that the same call may work in a moment",
        clauses: &[Err1],
        expected: &["conflict_is_permanent"],
        harness: |name| with(name, || HopefulErrors),
    },
];

#[derive(Debug)]
struct TalkativeErrors;

#[async_trait]
impl Defect for TalkativeErrors {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        let cause = || io::Error::other(format!("the key {} is taken", request.key.encode()));
        let saved = store.save(request).await;
        saved.map_err(|error| error.with_source(cause()))
    }
}

#[derive(Debug)]
struct NamelessErrors;

#[async_trait]
impl Defect for NamelessErrors {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        store
            .save(request)
            .await
            .map_err(|error| match error.conflict() {
                Some(conflict) => Error::from_conflict(conflict.clone()),
                None => error,
            })
    }
}

#[derive(Debug)]
struct HopefulErrors;

#[async_trait]
impl Defect for HopefulErrors {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        let saved = store.save(request).await;
        saved.map_err(|error| match error.conflict() {
            Some(_) => error.with_retry_class(RetryClass::NotApplied),
            None => error,
        })
    }
}
