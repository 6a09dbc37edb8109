//! How the carts of a session become data in it, and data carts.

use std::collections::BTreeMap;

use cart_core::{CartRecord, Error, ErrorKind, Instance};

use crate::sessions::SessionCarts;

/// The carts as they stand under the session's key: an object of the records by instance.
pub(crate) type Written = BTreeMap<String, CartRecord>;

/// The data for carts.
pub(crate) fn write(carts: &SessionCarts) -> Written {
    let written = carts
        .iter()
        .map(|(instance, record)| (instance.as_str().to_owned(), record.clone()));
    written.collect()
}

/// The carts in data that [`write`] gave.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`] for an instance that is none.
pub(crate) fn read(written: Written) -> Result<SessionCarts, Error> {
    written
        .into_iter()
        .map(|(instance, record)| {
            let instance = Instance::new(instance).map_err(corrupt)?;
            Ok((instance, record))
        })
        .collect()
}

/// The error for a session in which the carts can't be made out. What stands in it stays out of
/// the error.
pub(crate) fn corrupt(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "the carts in a session can't be read; they are left as they are: restore the session, or \
         delete it",
    )
    .with_source(source)
}
