//! What a stale writer is told.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::record::CartRecord;
use super::request::Expect;
use super::version::Version;

/// A write met a cart in another state than it expected.
///
/// Serialises to what an API answers with HTTP 409: the versions, whether the writer was exactly
/// one behind, and what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    expected: Expect,
    actual: Option<Version>,
    live: bool,
    current: Option<Arc<CartRecord>>,
}

impl Conflict {
    /// A write that expected `expected` and found the live or deleted cart of version `actual`, or
    /// nothing.
    pub const fn new(expected: Expect, actual: Option<Version>, live: bool) -> Self {
        Self {
            expected,
            actual,
            live,
            current: None,
        }
    }

    /// What the writer expected.
    pub const fn expected(&self) -> Expect {
        self.expected
    }

    /// The version that is stored, of a live cart or of a tombstone.
    pub const fn actual(&self) -> Option<Version> {
        self.actual
    }

    /// Whether a live cart is stored.
    pub const fn live(&self) -> bool {
        self.live
    }

    /// The cart that is stored, when it was loaded for the writer.
    pub fn current(&self) -> Option<&CartRecord> {
        self.current.as_deref()
    }

    pub(crate) fn attach(&mut self, current: CartRecord) {
        self.actual = Some(current.header.version);
        self.live = true;
        self.current = Some(Arc::new(current));
    }

    /// Whether the writer was exactly one write behind.
    pub fn is_minor(&self) -> bool {
        match (self.expected, self.actual) {
            (Expect::Version(expected), Some(actual)) => {
                expected.sequence().checked_add(1) == Some(actual.sequence())
            }
            _ => false,
        }
    }

    /// What the writer can do.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let mut suggestions = if self.is_minor() {
            vec![Suggestion::RetryWithRefresh, Suggestion::MergeChanges]
        } else {
            vec![Suggestion::ReloadCart, Suggestion::ManualResolutionRequired]
        };
        if self.current.is_some() {
            suggestions.push(Suggestion::CompareWithCurrent);
        }
        suggestions
    }
}

/// A way out of a [`Conflict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Suggestion {
    /// Show the shopper both carts; the current one came with the conflict.
    CompareWithCurrent,
    /// Too much has changed to go on without asking.
    ManualResolutionRequired,
    /// Apply the change to the current cart.
    MergeChanges,
    /// Load the cart again.
    ReloadCart,
    /// Load the cart again and make the same change.
    RetryWithRefresh,
}

impl Serialize for Conflict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let expected = match self.expected {
            Expect::Version(version) => Some(version),
            Expect::Absent | Expect::Any | Expect::Older => None,
        };
        let mut fields = serializer.serialize_struct("Conflict", 5)?;
        fields.serialize_field("expected", &expected)?;
        fields.serialize_field("actual", &self.actual)?;
        fields.serialize_field("live", &self.live)?;
        fields.serialize_field("minor", &self.is_minor())?;
        fields.serialize_field("suggestions", &self.suggestions())?;
        fields.end()
    }
}
