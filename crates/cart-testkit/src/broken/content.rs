//! Defects in what comes back.

use async_trait::async_trait;
use cart_core::{
    CartRecord, Expect, LoadRequest, Part, Parts, Result, SaveRequest, Stored, Version,
};

use super::defect::{Defect, Store, pause, stored};
use super::{BrokenStore, with};
use crate::clause::Clause::{Cxl1, Del4, Load2, Load3, Save6};

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "torn-write",
        defect: "conditions and metadata are written first, items second",
        clauses: &[Load3, Cxl1],
        expected: &[
            "dropped_creation_is_whole_or_nothing",
            "dropped_deletion_is_whole_or_nothing",
            "dropped_save_is_whole_or_nothing",
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "no_increment_is_lost",
            "readers_see_no_torn_record",
        ],
        harness: |name| with(name, || TornWrite),
    },
    BrokenStore {
        name: "torn-read",
        defect: "conditions and metadata are read first, items second",
        clauses: &[Load3],
        expected: &[
            "history_of_many_carts_is_linearizable",
            "history_of_one_cart_is_linearizable",
            "history_through_two_handles_is_linearizable",
            "no_increment_is_lost",
            "readers_see_no_torn_record",
        ],
        harness: |name| with(name, || TornRead),
    },
    BrokenStore {
        name: "corrupt-is-missing",
        defect: "a cart that can't be decoded is missing",
        clauses: &[Load2],
        expected: &[
            "damaged_cart_is_corrupt_and_stays",
            "damaged_record_is_never_missing_or_empty",
        ],
        harness: |name| with(name, || CorruptIsMissing),
    },
    BrokenStore {
        name: "corrupt-is-empty",
        defect: "a cart that can't be decoded is empty",
        clauses: &[Load2],
        expected: &[
            "damaged_cart_is_corrupt_and_stays",
            "damaged_record_is_never_missing_or_empty",
        ],
        harness: |name| with(name, || CorruptIsEmpty),
    },
    BrokenStore {
        name: "bare-tombstones",
        defect: "the content of a deleted cart is thrown away, whatever its tombstone brings",
        clauses: &[Del4],
        expected: &[
            "deleted_cart_is_restored_as_it_was",
            "tombstone_keeps_the_content_that_it_brings",
        ],
        harness: |name| with(name, || BareTombstones),
    },
    BrokenStore {
        name: "mangled-unicode",
        defect: "escaped NULs vanish, as in a database that knows none",
        clauses: &[Save6],
        expected: &["any_unicode_comes_back", "cart_comes_back_line_by_line"],
        harness: |name| with(name, || MangledUnicode),
    },
    BrokenStore {
        name: "mangled-numbers",
        defect: "numbers lose their last zeros, as in a database that reads them",
        clauses: &[Save6],
        expected: &[
            "cart_comes_back_line_by_line",
            "numbers_stay_as_they_were_written",
        ],
        harness: |name| with(name, || MangledNumbers),
    },
    BrokenStore {
        name: "narrow-numbers",
        defect: "a count that a signed column can't hold is cut",
        clauses: &[Save6],
        expected: &["summary_comes_back_up_to_its_limits"],
        harness: |name| with(name, || NarrowNumbers),
    },
];

#[derive(Debug)]
struct TornWrite;

#[async_trait]
impl Defect for TornWrite {
    async fn save(&self, store: &Store, request: &SaveRequest) -> Result<()> {
        const IN_ONE_PIECE: usize = 10_000;
        let version = request.record.header.version;
        let before = stored(store, &request.key).await?;
        if before.version() == Some(version)
            || request.expect == Expect::Older
            || request.record.size() > IN_ONE_PIECE
        {
            return store.save(request).await;
        }
        // The items that were there beside the new conditions and metadata, under a version that
        // nobody knows.
        let mut half = request.clone();
        let header = &mut half.record.header;
        header.version = Version::new(version.sequence(), !version.write_id())?;
        header.expires_at = None;
        half.record.parts.items = Parts::empty().items;
        if let Stored::Live(before) = before {
            header.ledger = before.header.ledger;
            half.record.parts.items = before.parts.items;
        }
        store.save(&half).await?;
        pause().await;
        let mut whole = request.clone();
        whole.expect = Expect::Version(half.record.header.version);
        store.save(&whole).await
    }
}

#[derive(Debug)]
struct TornRead;

#[async_trait]
impl Defect for TornRead {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        let first = store.load(request).await?;
        pause().await;
        match (first, store.load(request).await?) {
            (Stored::Live(mut first), Stored::Live(second)) => {
                first.parts.items = second.parts.items;
                Ok(Stored::Live(first))
            }
            (first, _) => Ok(first),
        }
    }
}

fn is_corrupt(record: &CartRecord) -> bool {
    let Parts {
        items,
        conditions,
        metadata,
    } = &record.parts;
    let broken =
        |part: &Part| serde_json::from_str::<serde::de::IgnoredAny>(part.as_str()).is_err();
    [items, conditions, metadata].into_iter().any(broken)
}

#[derive(Debug)]
struct CorruptIsMissing;

#[async_trait]
impl Defect for CorruptIsMissing {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        match store.load(request).await? {
            Stored::Live(record) if is_corrupt(&record) => Ok(Stored::Missing),
            other => Ok(other),
        }
    }
}

#[derive(Debug)]
struct CorruptIsEmpty;

#[async_trait]
impl Defect for CorruptIsEmpty {
    async fn load(&self, store: &Store, request: &LoadRequest) -> Result<Stored> {
        match store.load(request).await? {
            Stored::Live(mut record) if is_corrupt(&record) => {
                record.parts = Parts::empty();
                Ok(Stored::Live(record))
            }
            other => Ok(other),
        }
    }
}

#[derive(Debug)]
struct BareTombstones;

#[async_trait]
impl Defect for BareTombstones {
    async fn request(&self, _store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        if request.record.is_tombstone() {
            request.record.parts = Parts::empty();
        }
        Ok(request)
    }
}

/// The record with each part rewritten.
fn rewritten(mut request: SaveRequest, rewrite: impl Fn(&str) -> String) -> SaveRequest {
    let Parts {
        items,
        conditions,
        metadata,
    } = &mut request.record.parts;
    for part in [items, conditions, metadata] {
        *part = rewrite(part.as_str()).into();
    }
    request
}

#[derive(Debug)]
struct MangledUnicode;

#[async_trait]
impl Defect for MangledUnicode {
    async fn request(&self, _store: &Store, request: SaveRequest) -> Result<SaveRequest> {
        Ok(rewritten(request, |text| text.replace(r"\u0000", "")))
    }
}

#[derive(Debug)]
struct MangledNumbers;

#[async_trait]
impl Defect for MangledNumbers {
    async fn request(&self, _store: &Store, request: SaveRequest) -> Result<SaveRequest> {
        Ok(rewritten(request, |text| text.replace("1.10", "1.1")))
    }
}

#[derive(Debug)]
struct NarrowNumbers;

#[async_trait]
impl Defect for NarrowNumbers {
    async fn request(&self, _store: &Store, mut request: SaveRequest) -> Result<SaveRequest> {
        let units = &mut request.record.header.summary.units;
        *units = (*units).min(u64::MAX >> 1);
        Ok(request)
    }
}
