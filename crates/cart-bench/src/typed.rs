//! The structs that an application has of a cart, which both sides of a comparison decode and encode.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "what is measured with is made here, and valid"
)]

use cart_core::{Conditions, Items, Json, JsonMap, Part, Parts};
use serde::{Deserialize, Serialize};

/// What an application has of a cart, and what it hands over to be stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Typed {
    items: Items,
    conditions: Conditions,
    metadata: JsonMap,
}

impl Typed {
    /// Reads items, conditions and metadata from their JSON.
    pub fn decode([items, conditions, metadata]: [&str; 3]) -> Self {
        Self {
            items: serde_json::from_str(items).expect("items"),
            conditions: serde_json::from_str(conditions).expect("conditions"),
            metadata: serde_json::from_str(metadata).expect("metadata"),
        }
    }

    /// Reads the parts of a record.
    pub fn of(parts: &Parts) -> Self {
        Self::decode([&parts.items, &parts.conditions, &parts.metadata].map(Part::as_str))
    }

    /// Changes something: a note in the metadata.
    pub fn note(&mut self, round: u64) {
        let note = Json::parse(&round.to_string()).expect("a number");
        self.metadata.insert("note", note);
    }

    /// Writes items, conditions and metadata as JSON.
    pub fn encode(&self) -> [String; 3] {
        [
            serde_json::to_string(&self.items).expect("JSON"),
            serde_json::to_string(&self.conditions).expect("JSON"),
            serde_json::to_string(&self.metadata).expect("JSON"),
        ]
    }
}
