//! What a store over others can do, refuses and says.

use std::sync::Arc;

use cart_core::{Capabilities, CartRecord, Error, ErrorKind, Expiry, Operation, Result};

/// What both can do.
pub(crate) fn weaker(one: &Capabilities, other: &Capabilities) -> Capabilities {
    let mut both = one.clone();
    both.compare_and_set = both.compare_and_set.min(other.compare_and_set);
    both.durability = both.durability.min(other.durability);
    both.evictable |= other.evictable;
    if other.expiry == Expiry::ReadFilter {
        both.expiry = Expiry::ReadFilter;
    }
    both.lock &= other.lock;
    both.marks &= other.marks;
    both.remote |= other.remote;
    both.rename = both.rename.min(other.rename);
    both.record_limit = match (both.record_limit, other.record_limit) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    both.scan = both.scan.min(other.scan);
    both.visibility = both.visibility.min(other.visibility);
    both
}

/// Refuses what one of the stores wouldn't take.
pub(crate) fn check_size(record: &CartRecord, capabilities: &Capabilities) -> Result<()> {
    let limit = capabilities.record_limit;
    if limit.is_none_or(|limit| record.size() <= limit) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        "the cart is larger than one of the stores takes: remove items or metadata",
    ))
}

/// An error of one of the stores, as that of the store over them, which has this name.
pub(crate) fn as_own(
    error: Error,
    message_of: fn(ErrorKind) -> &'static str,
    operation: Operation,
    name: &Arc<str>,
) -> Error {
    let class = error.retry_class();
    let told = match error.conflict() {
        Some(conflict) => Error::from_conflict(conflict.clone()),
        None => Error::new(error.kind(), message_of(error.kind())).with_source(error),
    };
    told.with_retry_class(class)
        .during(operation)
        .in_store(name)
}
