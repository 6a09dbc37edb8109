//! How a cart becomes text, and text a cart: the one place where stored data is judged.

mod envelope;
mod guard;
mod hand_over;
mod ledger;
mod parts;
mod record;

pub use envelope::StoredCart;
pub(crate) use guard::{MAX_BYTES, MAX_LINES};
pub(crate) use hand_over::HandOver;
pub(crate) use ledger::{KeyedWrite, Ledger, MergeReceipt};
pub(crate) use parts::{
    decode_cart, decode_conditions, decode_items, decode_ledger, decode_metadata, encode_ledger,
    encode_parts,
};

use crate::storage::{Error, ErrorKind};

/// The error for stored text that is no cart. The text itself stays out of it.
fn corrupt(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "what is stored is no cart: the bytes are left as they are; restore or delete the record",
    )
    .with_source(source)
}

/// A reason without text of the shopper's: `serde_json` quotes what it can't read.
#[derive(Debug, thiserror::Error)]
#[error("{part} can't be read (line {line}, column {column})")]
struct Unreadable {
    part: &'static str,
    line: usize,
    column: usize,
}

impl Unreadable {
    fn new(part: &'static str, error: &serde_json::Error) -> Self {
        Self {
            part,
            line: error.line(),
            column: error.column(),
        }
    }
}
