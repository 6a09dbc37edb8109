//! The one write that a copy and a repair make.

use cart_core::{CartKey, CartRecord, Expect, SaveRequest};

/// Stores the record of the source on the target, unless that has this version or a newer one.
pub(crate) fn bring(key: CartKey, mut record: CartRecord) -> SaveRequest {
    // What the source still owes to a mirror of its own is no matter of the target.
    record.header.marked = false;
    SaveRequest::new(key, record, Expect::Older)
}
