//! A cart with its key as one JSON text: what an export holds in each line, and what stores
//! without columns keep.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Unreadable, corrupt, guard};
use crate::domain::Summary;
use crate::storage::{
    CartKey, CartRecord, Error, ErrorKind, FORMAT, Header, Instance, Owner, Part, Parts,
    RecordState, Tenant, Version,
};
use crate::time::Timestamp;

/// A record together with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCart {
    /// Which cart.
    pub key: CartKey,
    /// What is stored.
    pub record: CartRecord,
}

/// The fields in the order in which they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    format: u32,
    #[serde(borrow)]
    tenant: Cow<'a, str>,
    #[serde(borrow)]
    owner: Cow<'a, str>,
    #[serde(borrow)]
    instance: Cow<'a, str>,
    version: Version,
    state: RecordState,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    marked: bool,
    summary: Summary,
    #[serde(borrow)]
    items: &'a RawValue,
    #[serde(borrow)]
    conditions: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    #[serde(borrow)]
    ledger: &'a RawValue,
}

/// What every format of the envelope starts with.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl StoredCart {
    /// The one-line JSON text. The parts stand in it byte for byte.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when a part is no JSON.
    pub fn to_json(&self) -> Result<String, Error> {
        let Self {
            key,
            record: CartRecord { header, parts },
        } = self;
        let owner = key.owner().to_string();
        let envelope = Envelope {
            format: header.format,
            tenant: key.owner().tenant().as_str().into(),
            owner: owner.into(),
            instance: key.instance().as_str().into(),
            version: header.version,
            state: header.state,
            created_at: header.created_at,
            updated_at: header.updated_at,
            expires_at: header.expires_at,
            marked: header.marked,
            summary: header.summary,
            items: raw("the items", &parts.items)?,
            conditions: raw("the conditions", &parts.conditions)?,
            metadata: raw("the metadata", &parts.metadata)?,
            ledger: raw("the ledger", &header.ledger)?,
        };
        serde_json::to_string(&envelope)
            .map_err(|error| corrupt(Unreadable::new("the record", &error)))
    }

    /// Reads what [`StoredCart::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NewerFormat`] when a newer release wrote it; [`ErrorKind::Corrupt`] when it is
    /// no record; [`ErrorKind::Invalid`] when its key is none.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        guard::check_record(text)?;
        let unreadable = |error| corrupt(Unreadable::new("the record", &error));
        let Format { format } = serde_json::from_str(text).map_err(unreadable)?;
        if format > FORMAT {
            return Err(Error::new(
                ErrorKind::NewerFormat,
                "the record was written by a newer release: update this program",
            ));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(unreadable)?;
        let owner: Owner = envelope.owner.parse()?;
        let key = CartKey::new(
            owner.in_tenant(Tenant::new(&*envelope.tenant)?),
            Instance::new(&*envelope.instance)?,
        );
        let header = Header {
            version: envelope.version,
            state: envelope.state,
            format: envelope.format,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            expires_at: envelope.expires_at,
            marked: envelope.marked,
            summary: envelope.summary,
            ledger: envelope.ledger.get().into(),
        };
        let parts = Parts {
            items: envelope.items.get().into(),
            conditions: envelope.conditions.get().into(),
            metadata: envelope.metadata.get().into(),
        };
        Ok(Self {
            key,
            record: CartRecord { header, parts },
        })
    }
}

fn raw<'a>(name: &'static str, part: &'a Part) -> Result<&'a RawValue, Error> {
    serde_json::from_str(part.as_str()).map_err(|error| corrupt(Unreadable::new(name, &error)))
}
