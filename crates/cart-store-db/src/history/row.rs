//! A row of the history.

use cart_core::{Error, Timestamp};

use super::PastVersion;
#[cfg(feature = "servers")]
use crate::row::{Cells, FromCells};
use crate::row::{KeyRow, RecordRow};

/// A record with its key, its number in the history, and the moment at which it was replaced.
#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct PastRow {
    number: i64,
    replaced_at: i64,
    key: KeyRow,
    record: RecordRow,
}

impl PastRow {
    pub(super) fn version(self) -> Result<PastVersion, Error> {
        Ok(PastVersion {
            number: self.number,
            key: self.key.key()?,
            replaced_at: Timestamp::from_millis(self.replaced_at),
            record: self.record.record()?,
        })
    }
}

#[cfg(feature = "servers")]
impl FromCells for PastRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            number: cells.integer()?,
            replaced_at: cells.integer()?,
            key: KeyRow::from_cells(cells)?,
            record: RecordRow::from_cells(cells)?,
        })
    }
}
