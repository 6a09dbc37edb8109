//! A record as data, for stores that have no layout of their own.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::Summary;
use crate::storage::{CartRecord, Header, Parts, RecordState, Version};
use crate::time::Timestamp;

/// A record, flat.
///
/// The parts are texts and no values: so they come back byte for byte, with numbers of any length,
/// from whatever keeps the data.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data<'a> {
    format: u32,
    version: Version,
    state: RecordState,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    marked: bool,
    summary: Summary,
    #[serde(borrow)]
    items: Cow<'a, str>,
    #[serde(borrow)]
    conditions: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Cow<'a, str>,
    #[serde(borrow)]
    ledger: Cow<'a, str>,
}

impl Serialize for CartRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { header, parts } = self;
        let data = Data {
            format: header.format,
            version: header.version,
            state: header.state,
            created_at: header.created_at,
            updated_at: header.updated_at,
            expires_at: header.expires_at,
            marked: header.marked,
            summary: header.summary,
            items: parts.items.as_str().into(),
            conditions: parts.conditions.as_str().into(),
            metadata: parts.metadata.as_str().into(),
            ledger: header.ledger.as_str().into(),
        };
        data.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CartRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = Data::deserialize(deserializer)?;
        Ok(Self {
            header: Header {
                version: data.version,
                state: data.state,
                format: data.format,
                created_at: data.created_at,
                updated_at: data.updated_at,
                expires_at: data.expires_at,
                marked: data.marked,
                summary: data.summary,
                ledger: data.ledger.into(),
            },
            parts: Parts {
                items: data.items.into(),
                conditions: data.conditions.into(),
                metadata: data.metadata.into(),
            },
        })
    }
}
