//! Edits of the metadata.

use super::Cart;
use crate::domain::event::Event;
use crate::domain::json::Json;
use crate::domain::json_map::JsonMap;

impl Cart {
    /// Sets one key of the metadata and returns what it was; `null` removes the key.
    pub fn set_metadata(&mut self, key: impl Into<String>, value: Json) -> Option<Json> {
        let key = key.into();
        if value.is_null() {
            return self.remove_metadata(&key);
        }
        let before = self.metadata.insert(key.clone(), value.clone());
        if before.as_ref() != Some(&value) {
            self.events.push(Event::MetadataSet { key, value });
        }
        before
    }

    /// Removes one key of the metadata and returns what it was.
    pub(in crate::domain) fn remove_metadata(&mut self, key: &str) -> Option<Json> {
        let before = self.metadata.remove(key)?;
        self.events.push(Event::MetadataRemoved {
            key: key.to_owned(),
        });
        Some(before)
    }

    /// Sets these keys of the metadata; one that is `null` is removed. The others stay.
    pub fn merge_metadata(&mut self, changes: JsonMap) {
        for (key, value) in changes {
            self.set_metadata(key, value);
        }
    }

    /// Replaces all metadata.
    pub fn replace_metadata(&mut self, metadata: JsonMap) {
        let metadata = metadata.without_nulls();
        let old = std::mem::replace(&mut self.metadata, metadata);
        let gone = old
            .iter()
            .filter(|(key, _)| self.metadata.get(key).is_none());
        self.events
            .extend(gone.map(|(key, _)| Event::MetadataRemoved {
                key: key.to_owned(),
            }));
        let new = self
            .metadata
            .iter()
            .filter(|(key, value)| old.get(key) != Some(value));
        self.events
            .extend(new.map(|(key, value)| Event::MetadataSet {
                key: key.to_owned(),
                value: value.clone(),
            }));
    }

    /// Removes all metadata.
    pub fn clear_metadata(&mut self) {
        if !self.metadata.is_empty() {
            self.metadata = JsonMap::new();
            self.events.push(Event::MetadataCleared);
        }
    }
}
