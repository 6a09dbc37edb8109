//! All records of a store, page by page: first the carts, then what deleted ones have left.

use std::sync::Arc;

use cart_core::{
    CartRecord, CartStore, Cursor, Detail, Error, ErrorKind, Operation, RecordState, Result,
    ScanEntry, ScanRequest, ScanSupport, Select, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::selection::Selection;

/// What is read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pass {
    Carts,
    Tombstones,
}

/// Where reading goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) pass: Pass,
    pub(crate) cursor: Option<Cursor>,
}

impl Place {
    pub(crate) const START: Self = Self {
        pass: Pass::Carts,
        cursor: None,
    };

    /// The place behind this one, at the cursor that a page gave.
    fn followed_by(&self, cursor: Option<Cursor>) -> Option<Self> {
        match (self.pass, cursor) {
            (pass, Some(cursor)) => Some(Self {
                pass,
                cursor: Some(cursor),
            }),
            (Pass::Carts, None) => Some(Self {
                pass: Pass::Tombstones,
                cursor: None,
            }),
            (Pass::Tombstones, None) => None,
        }
    }
}

/// Reads what a selection takes.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) store: Arc<dyn CartStore>,
    pub(crate) selection: Selection,
    pub(crate) as_of: Timestamp,
    pub(crate) detail: Detail,
    pub(crate) batch_size: usize,
}

/// Some records of the selection.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<ScanEntry>,
    /// How many carts were left out, for they are on their way to another store already.
    pub(crate) moving: u64,
    /// None behind the last one.
    pub(crate) next: Option<Place>,
}

impl Reader {
    /// The records from `place` on.
    pub(crate) async fn page(&self, place: &Place) -> Result<Page> {
        let mut request = ScanRequest::new(self.batch_size);
        self.selection.narrow(&mut request, self.as_of);
        request.detail = self.detail;
        request.cursor.clone_from(&place.cursor);
        request.select = match place.pass {
            Pass::Carts => Select::Live,
            Pass::Tombstones => Select::Tombstones,
        };
        let page = self.store.scan(&request).await?;
        let selected = page.entries.into_iter();
        let selected = selected.filter(|entry| self.selection.takes(entry, self.as_of));
        let (moving, entries): (Vec<_>, Vec<_>) =
            selected.partition(|entry| is_moving(&entry.record));
        Ok(Page {
            entries,
            moving: moving.len() as u64,
            next: place.followed_by(page.next),
        })
    }
}

/// Whether a record is no longer what its store alone decides about: whoever moves it takes it along.
pub(crate) fn is_moving(record: &CartRecord) -> bool {
    !matches!(
        record.header.state,
        RecordState::Live | RecordState::Deleted
    )
}

/// Refuses a store that can't say what it holds.
pub(crate) fn check_can_list(store: &dyn CartStore) -> Result<()> {
    let info = store.info();
    if info.capabilities.scan != ScanSupport::None {
        return Ok(());
    }
    let message = "this store can't list its carts, so nobody can copy or compare all of them: let each \
                   cart move when its owner comes back, by a login that takes it to the other store";
    Err(Error::new(ErrorKind::Unsupported, message)
        .during(Operation::Scan)
        .in_store(&info.name))
}
