//! How the carts of a session become data in it, and data carts.

use std::collections::BTreeMap;

use cart_core::{
    CartRecord, Error, ErrorKind, Header, Instance, Parts, RecordState, Summary, Timestamp, Version,
};
use serde::{Deserialize, Serialize};

use crate::sessions::SessionCarts;

/// The carts as they stand under the session's key: an object of the records by instance.
pub(crate) type Written = BTreeMap<String, WrittenRecord>;

/// A record as it stands in a session.
///
/// The parts are texts and no values: so they come back byte for byte, with numbers of any length,
/// from whatever a session store makes of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenRecord {
    format: u32,
    version: Version,
    state: RecordState,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    marked: bool,
    summary: Summary,
    items: String,
    conditions: String,
    metadata: String,
    ledger: String,
}

/// The data for carts.
pub(crate) fn write(carts: &SessionCarts) -> Written {
    let written = carts.iter().map(|(instance, record)| {
        let record = WrittenRecord::of(record);
        (instance.as_str().to_owned(), record)
    });
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
            Ok((instance, record.into_record()))
        })
        .collect()
}

impl WrittenRecord {
    fn of(CartRecord { header, parts }: &CartRecord) -> Self {
        Self {
            format: header.format,
            version: header.version,
            state: header.state,
            created_at: header.created_at,
            updated_at: header.updated_at,
            expires_at: header.expires_at,
            marked: header.marked,
            summary: header.summary,
            items: parts.items.as_str().to_owned(),
            conditions: parts.conditions.as_str().to_owned(),
            metadata: parts.metadata.as_str().to_owned(),
            ledger: header.ledger.as_str().to_owned(),
        }
    }

    fn into_record(self) -> CartRecord {
        CartRecord {
            header: Header {
                version: self.version,
                state: self.state,
                format: self.format,
                created_at: self.created_at,
                updated_at: self.updated_at,
                expires_at: self.expires_at,
                marked: self.marked,
                summary: self.summary,
                ledger: self.ledger.into(),
            },
            parts: Parts {
                items: self.items.into(),
                conditions: self.conditions.into(),
                metadata: self.metadata.into(),
            },
        }
    }
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
