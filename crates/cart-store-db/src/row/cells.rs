//! Rows as the clients of the servers give them: cell by cell.

use std::sync::Arc;

use cart_core::Error;

use super::{EntryRow, ExactText, HeadRow, HeaderRow, KeyRow, PartsRow, RecordRow};

/// The cells of a row, from the first to the last.
///
/// # Errors
///
/// Each method answers `Corrupt` when the next cell is no such value.
pub(crate) trait Cells {
    /// A number.
    fn integer(&mut self) -> Result<i64, Error>;

    /// Part of a key, which is stored as bytes.
    fn name(&mut self) -> Result<Arc<str>, Error>;

    /// A number, or none.
    fn optional_integer(&mut self) -> Result<Option<i64>, Error>;

    /// A text, or none.
    fn optional_text(&mut self) -> Result<Option<Arc<str>>, Error>;

    /// A text.
    fn text(&mut self) -> Result<Arc<str>, Error>;
}

/// What is read from the cells of a row.
pub(crate) trait FromCells: Send + Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the row is something else.
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error>;
}

/// The one part of a key that a row holds.
#[derive(Debug)]
pub(crate) struct NameRow(pub(crate) Arc<str>);

/// The one number that a row holds, if any.
#[derive(Debug)]
pub(crate) struct NumberRow(pub(crate) Option<i64>);

impl FromCells for NameRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self(cells.name()?))
    }
}

impl FromCells for NumberRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self(cells.optional_integer()?))
    }
}

impl FromCells for HeadRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            version: cells.integer()?,
            write_id: cells.integer()?,
            state: ExactText(cells.text()?),
            expires_at: cells.optional_integer()?,
        })
    }
}

impl FromCells for KeyRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            tenant: ExactText(cells.name()?),
            class: ExactText(cells.text()?),
            identifier: ExactText(cells.name()?),
            instance: ExactText(cells.name()?),
        })
    }
}

impl FromCells for HeaderRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            version: cells.integer()?,
            write_id: cells.integer()?,
            state: ExactText(cells.text()?),
            format: cells.integer()?,
            created_at: cells.integer()?,
            updated_at: cells.integer()?,
            expires_at: cells.optional_integer()?,
            marked: cells.integer()?,
            currency: cells.optional_text()?.map(ExactText),
            lines: cells.integer()?,
            units: cells.integer()?,
            subtotal: cells.integer()?,
            total: cells.integer()?,
            claimed_until: cells.optional_integer()?,
            converted_at: cells.optional_integer()?,
            ledger: ExactText(cells.text()?),
        })
    }
}

impl FromCells for PartsRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            items: ExactText(cells.text()?),
            conditions: ExactText(cells.text()?),
            metadata: ExactText(cells.text()?),
        })
    }
}

impl FromCells for RecordRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            header: HeaderRow::from_cells(cells)?,
            parts: PartsRow::from_cells(cells)?,
        })
    }
}

impl FromCells for EntryRow {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self {
            id: cells.integer()?,
            key: KeyRow::from_cells(cells)?,
            header: HeaderRow::from_cells(cells)?,
            parts: PartsRow::from_cells(cells)?,
        })
    }
}
