//! Where a clean-up goes on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::CleanupCounts;
use crate::storage::{Cursor, Error, ErrorKind};
use crate::time::Timestamp;

/// How far a [`CleanupRun`](super::CleanupRun) has come, for another process to go on.
///
/// Its text is one line. The place in it may name the last cart that was looked at, so the text is
/// as personal as the carts are.
#[derive(Clone, PartialEq, Eq)]
pub struct CleanupCheckpoint {
    pub(super) clean_up: u64,
    pub(super) as_of: Timestamp,
    pub(super) counts: CleanupCounts,
    /// None before the first batch.
    pub(super) cursor: Option<Cursor>,
}

/// The text: JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    clean_up: String,
    as_of: Timestamp,
    counts: CleanupCounts,
    cursor: Option<String>,
}

impl CleanupCheckpoint {
    /// The moment that the clean-up goes by: when it began.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What had become of the carts that were looked at.
    pub fn counts(&self) -> CleanupCounts {
        self.counts
    }
}

impl fmt::Display for CleanupCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            clean_up: format!("{:016x}", self.clean_up),
            as_of: self.as_of,
            counts: self.counts,
            cursor: self.cursor.as_ref().map(ToString::to_string),
        };
        formatter.write_str(&serde_json::to_string(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for CleanupCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CleanupCheckpoint")
            .field("as_of", &self.as_of)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl FromStr for CleanupCheckpoint {
    type Err = Error;

    /// Reads what `Display` wrote.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::new(
                ErrorKind::Invalid,
                "this is no checkpoint of a clean-up: start without it",
            )
        };
        let text: Text = serde_json::from_str(text.trim()).map_err(|_| refused())?;
        Ok(Self {
            clean_up: u64::from_str_radix(&text.clean_up, 16).map_err(|_| refused())?,
            as_of: text.as_of,
            counts: text.counts,
            cursor: text.cursor.map(|cursor| cursor.parse()).transpose()?,
        })
    }
}
