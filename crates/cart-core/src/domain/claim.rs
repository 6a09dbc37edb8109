//! The claim that a checkout holds on a cart.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::error::DomainError;
use super::fields::{object, required};
use super::json_map::JsonMap;
use super::money::Money;
use crate::time::Timestamp;

/// The version of the cart that a claim was taken of, as a text that the domain doesn't interpret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimedVersion(pub String);

/// What was claimed of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClaimedLine {
    /// The item.
    pub item_id: String,
    /// So many units of it.
    pub quantity: u64,
    /// The price of one unit, before conditions.
    pub unit_price: Money,
}

/// Whether a claim is open, or how it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ClaimState {
    /// Given up; the cart kept its items.
    Aborted {
        /// When.
        at: Timestamp,
    },
    /// Waiting to be settled or aborted, or to expire.
    Open,
    /// Paid; what was claimed left the cart.
    Settled {
        /// When.
        at: Timestamp,
    },
}

impl fmt::Display for ClaimState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Aborted { .. } => "aborted",
            Self::Open => "open",
            Self::Settled { .. } => "settled",
        })
    }
}

/// A claim of a checkout on a cart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ClaimParts")]
pub struct Claim {
    pub(super) id: String,
    pub(super) version: ClaimedVersion,
    pub(super) taken_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) lines: Vec<ClaimedLine>,
    pub(super) total: Money,
    pub(super) state: ClaimState,
    pub(super) unknown: JsonMap,
}

impl Claim {
    /// The id that the application gave it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the cart that it was taken of.
    pub const fn version(&self) -> &ClaimedVersion {
        &self.version
    }

    /// When it was taken.
    pub const fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// From when on it no longer counts.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What was claimed, line by line.
    pub fn lines(&self) -> &[ClaimedLine] {
        &self.lines
    }

    /// What the cart cost in total when it was claimed.
    pub const fn total(&self) -> Money {
        self.total
    }

    /// Whether it is open, or how it was closed.
    pub const fn state(&self) -> ClaimState {
        self.state
    }

    /// Whether it still holds at `now`: neither closed nor expired.
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        self.state == ClaimState::Open && now < self.expires_at
    }

    /// The same claim on none of the lines, for a cart whose items were discarded.
    pub(super) fn without_lines(mut self) -> Self {
        if self.state == ClaimState::Open {
            self.lines.clear();
        }
        self
    }

    /// Refuses a claim that is closed or has expired.
    pub(super) fn check_open(&self, now: Timestamp) -> Result<(), DomainError> {
        let claim = self.id.clone();
        if self.state != ClaimState::Open {
            return Err(DomainError::ClaimNotOpen {
                claim,
                state: self.state,
            });
        }
        if now >= self.expires_at {
            return Err(DomainError::ClaimExpired {
                claim,
                expired_at: self.expires_at,
            });
        }
        Ok(())
    }
}

object! {
    /// What a claim is read from.
    ClaimParts {
        id: String,
        version: ClaimedVersion,
        taken_at: Timestamp,
        expires_at: Timestamp,
        lines: Vec<ClaimedLine>,
        total: Money,
        state: ClaimState,
    }
}

impl TryFrom<ClaimParts> for Claim {
    type Error = DomainError;

    fn try_from(parts: ClaimParts) -> Result<Self, DomainError> {
        Ok(Self {
            id: required(parts.id, "id")?,
            version: required(parts.version, "version")?,
            taken_at: required(parts.taken_at, "taken_at")?,
            expires_at: required(parts.expires_at, "expires_at")?,
            lines: required(parts.lines, "lines")?,
            total: required(parts.total, "total")?,
            state: required(parts.state, "state")?,
            unknown: parts.unknown,
        })
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("taken_at", &self.taken_at)?;
        map.serialize_entry("expires_at", &self.expires_at)?;
        map.serialize_entry("lines", &self.lines)?;
        map.serialize_entry("total", &self.total)?;
        map.serialize_entry("state", &self.state)?;
        self.unknown
            .iter()
            .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}
