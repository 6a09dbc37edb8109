//! The answer to an edit.

use super::snapshot::CartSnapshot;
use crate::domain::Event;

/// The answer to an edit that was acknowledged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Edited<T> {
    /// What the edit itself gave.
    pub value: T,
    /// What happened, in the order in which it happened; empty when nothing was written.
    pub events: Vec<Event>,
    /// The cart after the edit.
    pub snapshot: CartSnapshot,
}

impl<T> Edited<T> {
    pub(super) fn unchanged(value: T, snapshot: CartSnapshot) -> Self {
        Self {
            value,
            events: Vec::new(),
            snapshot,
        }
    }

    /// Whether anything was written.
    pub fn is_written(&self) -> bool {
        !self.events.is_empty()
    }
}
