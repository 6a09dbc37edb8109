//! What is in a cart's item: the key, the header, and the parts as texts, so that they come back byte
//! for byte, and records of newer releases too.

use cart_core::{CartKey, CartRecord, Header, Parts, RecordState, Summary, Timestamp, Version};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Envelope {
    key: String,
    version: Version,
    state: RecordState,
    format: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    marked: bool,
    summary: Summary,
    ledger: String,
    items: String,
    conditions: String,
    metadata: String,
}

pub(crate) fn write(key: &CartKey, record: &CartRecord) -> serde_json::Result<Vec<u8>> {
    let CartRecord { header, parts } = record;
    serde_json::to_vec(&Envelope {
        key: key.encode(),
        version: header.version,
        state: header.state,
        format: header.format,
        created_at: header.created_at,
        updated_at: header.updated_at,
        expires_at: header.expires_at,
        marked: header.marked,
        summary: header.summary,
        ledger: header.ledger.as_str().to_owned(),
        items: parts.items.as_str().to_owned(),
        conditions: parts.conditions.as_str().to_owned(),
        metadata: parts.metadata.as_str().to_owned(),
    })
}

/// The record, unless the bytes are none, or another cart's.
pub(crate) fn read(bytes: &[u8], key: &CartKey) -> Option<CartRecord> {
    let envelope: Envelope = serde_json::from_slice(bytes).ok()?;
    (envelope.key == key.encode()).then(|| CartRecord {
        header: Header {
            version: envelope.version,
            state: envelope.state,
            format: envelope.format,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            expires_at: envelope.expires_at,
            marked: envelope.marked,
            summary: envelope.summary,
            ledger: envelope.ledger.into(),
        },
        parts: Parts {
            items: envelope.items.into(),
            conditions: envelope.conditions.into(),
            metadata: envelope.metadata.into(),
        },
    })
}
