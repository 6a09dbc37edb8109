//! An ordered map of JSON values: attributes and metadata.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{DomainError, shortened};
use super::json::Json;

/// A map from text to JSON values which keeps the order in which keys were added.
///
/// Two maps are equal when they hold the same entries in the same order.
#[derive(Clone, Default)]
pub struct JsonMap(IndexMap<String, Json>);

impl JsonMap {
    /// A map without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key)
    }

    /// Sets `key` and returns what it was before. A known key keeps its position, a new one comes
    /// last.
    pub fn insert(&mut self, key: impl Into<String>, value: Json) -> Option<Json> {
        self.0.insert(key.into(), value)
    }

    /// Removes `key` and returns what it was. The order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        self.0.shift_remove(key)
    }

    /// Sets every entry of `changes`; one that is `null` removes its key.
    pub fn merge(&mut self, changes: Self) {
        for (key, value) in changes.0 {
            if value.is_null() {
                self.remove(&key);
            } else {
                self.insert(key, value);
            }
        }
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a key that must be new.
    pub(super) fn insert_new(&mut self, key: String, value: Json) -> Result<(), DomainError> {
        if self.0.contains_key(&key) {
            return Err(DomainError::Duplicate {
                what: "key",
                key: shortened(&key),
            });
        }
        self.0.insert(key, value);
        Ok(())
    }

    /// The same entries without those that are `null`.
    pub(super) fn without_nulls(self) -> Self {
        let mut map = Self::new();
        map.merge(self);
        map
    }
}

impl PartialEq for JsonMap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for JsonMap {}

impl fmt::Debug for JsonMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl IntoIterator for JsonMap {
    type Item = (String, Json);
    type IntoIter = indexmap::map::IntoIter<String, Json>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Json)> for JsonMap {
    /// A key that comes twice has the later value.
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl Serialize for JsonMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for JsonMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = JsonMap;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map of JSON values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<JsonMap, A::Error> {
                let mut map = JsonMap::new();
                while let Some((key, value)) = entries.next_entry()? {
                    map.insert_new(key, value).map_err(A::Error::custom)?;
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
