//! The one thing that a store holds for a cart.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::version::Version;
use crate::domain::Summary;
use crate::time::Timestamp;

/// The format of the encoded parts that this release writes.
pub const FORMAT: u32 = 1;

/// A cart as a store holds it: a header that stores and queries may look into, and encoded parts
/// that they move and never interpret.
///
/// A record is written whole, in one atomic step. A deleted cart is a record too: a *tombstone*,
/// the version without the cart.
///
/// As data (by `serde`) it is flat, with the parts as texts: a store without a layout of its own
/// keeps that, and gets the same record back, byte for byte and of whatever release. An error of
/// reading may quote what it couldn't read: it doesn't belong into a log.
///
/// ```
/// use cart_core::{CartRecord, Timestamp, Version};
///
/// let mut record = CartRecord::new(Version::new(1, 7)?, Timestamp::from_millis(0));
/// record.parts.items = " [ ] ".into();
/// let text = serde_json::to_string(&record)?;
/// let read: CartRecord = serde_json::from_str(&text)?;
/// assert_eq!(read, record);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartRecord {
    /// Version, times, and what queries need.
    pub header: Header,
    /// The cart itself.
    pub parts: Parts,
}

/// What a store knows of a cart without reading it.
///
/// All fields are public and none may be left out: a store that forgets one doesn't compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which write this record comes from.
    pub version: Version,
    /// Whether there is a cart.
    pub state: RecordState,
    /// The format of the parts: [`FORMAT`], or another release's.
    pub format: u32,
    /// When the cart was first written.
    pub created_at: Timestamp,
    /// When this record was written.
    pub updated_at: Timestamp,
    /// When the record ceases to exist: at this moment, and not a millisecond later.
    pub expires_at: Option<Timestamp>,
    /// Whether another store still has to hear of this write.
    pub marked: bool,
    /// What the cart amounted to when this record was written.
    pub summary: Summary,
    /// Core's own notes: recent writes, merge receipts, checkout claims.
    pub ledger: Part,
}

/// The encoded parts of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The items, a JSON array.
    pub items: Part,
    /// The conditions, a JSON array.
    pub conditions: Part,
    /// The metadata, a JSON object.
    pub metadata: Part,
}

impl Parts {
    /// No items, no conditions, no metadata.
    pub fn empty() -> Self {
        Self {
            items: "[]".into(),
            conditions: "[]".into(),
            metadata: "{}".into(),
        }
    }
}

impl Parts {
    /// The size of the parts, in bytes.
    pub fn size(&self) -> usize {
        let Self {
            items,
            conditions,
            metadata,
        } = self;
        [items, conditions, metadata]
            .iter()
            .map(|part| part.0.len())
            .sum()
    }
}

/// One encoded part: JSON text, shared between clones.
///
/// Its `Debug` form tells the length alone, so that no log carries what somebody shops for.
#[derive(Clone, PartialEq, Eq)]
pub struct Part(Arc<str>);

impl Part {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Part {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Part({} bytes)", self.0.len())
    }
}

/// Whether there is a cart, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordState {
    /// There is none any more: the record is a tombstone.
    Deleted,
    /// There is one, here.
    Live,
    /// It has moved to another store.
    Moved,
    /// It is on its way to another store.
    Moving,
}

impl RecordState {
    /// The name, as columns and JSON carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Live => "live",
            Self::Moved => "moved",
            Self::Moving => "moving",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Deleted, Self::Live, Self::Moved, Self::Moving]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

impl CartRecord {
    /// The first record of an empty cart that never expires.
    pub fn new(version: Version, at: Timestamp) -> Self {
        Self {
            header: Header {
                version,
                state: RecordState::Live,
                format: FORMAT,
                created_at: at,
                updated_at: at,
                expires_at: None,
                marked: false,
                summary: Summary::default(),
                ledger: "{}".into(),
            },
            parts: Parts::empty(),
        }
    }

    /// The tombstone that follows this record: `version` is the delete's own.
    #[must_use]
    pub fn tombstone(
        &self,
        version: Version,
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Self {
        let mut tombstone = Self::new(version, at);
        tombstone.header.state = RecordState::Deleted;
        tombstone.header.created_at = self.header.created_at;
        tombstone.header.marked = self.header.marked;
        tombstone.header.expires_at = expires_at;
        tombstone
    }

    /// As [`CartRecord::tombstone`], and with everything that the cart held, for a restore.
    #[must_use]
    pub fn tombstone_with_content(
        &self,
        version: Version,
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Self {
        let mut tombstone = self.clone();
        tombstone.header.state = RecordState::Deleted;
        tombstone.header.version = version;
        tombstone.header.updated_at = at;
        tombstone.header.expires_at = expires_at;
        tombstone
    }

    /// Whether there is more to the record than its version: a tombstone without can't be restored.
    pub fn has_content(&self) -> bool {
        self.parts != Parts::empty() || self.header.ledger.as_str() != "{}"
    }

    /// Whether this record is a tombstone.
    pub fn is_tombstone(&self) -> bool {
        self.header.state == RecordState::Deleted
    }

    /// Whether the record has ceased to exist at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.header
            .expires_at
            .is_some_and(|expires_at| now >= expires_at)
    }

    /// The size of what was encoded, in bytes: what limits are about.
    pub fn size(&self) -> usize {
        self.parts.size() + self.header.ledger.0.len()
    }
}
