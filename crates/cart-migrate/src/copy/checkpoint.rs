//! Where a copy goes on.

use std::fmt;
use std::str::FromStr;

use cart_core::{Error, ErrorKind, Timestamp};
use serde::{Deserialize, Serialize};

use super::CopyCounts;
use crate::reading::{Pass, Place};

/// How far a [`CopyRun`](super::CopyRun) has come, for another process to go on.
///
/// Its text is one line. The place in it may name the last cart that was read, so the text is as
/// personal as the carts are.
#[derive(Clone, PartialEq, Eq)]
pub struct CopyCheckpoint {
    pub(super) copy: u64,
    pub(super) as_of: Timestamp,
    pub(super) counts: CopyCounts,
    /// None behind the last batch.
    pub(super) place: Option<Place>,
}

/// The text: JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    copy: String,
    as_of: Timestamp,
    counts: CopyCounts,
    /// None behind the last batch.
    pass: Option<Pass>,
    cursor: Option<String>,
}

impl CopyCheckpoint {
    /// The moment that ages go by: when the copy began.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What had become of the records that were looked at.
    pub fn counts(&self) -> CopyCounts {
        self.counts
    }
}

impl fmt::Display for CopyCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_ref();
        let cursor = place.and_then(|place| place.cursor.as_ref());
        let text = Text {
            copy: format!("{:016x}", self.copy),
            as_of: self.as_of,
            counts: self.counts,
            pass: place.map(|place| place.pass),
            cursor: cursor.map(ToString::to_string),
        };
        formatter.write_str(&serde_json::to_string(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for CopyCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CopyCheckpoint")
            .field("as_of", &self.as_of)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl FromStr for CopyCheckpoint {
    type Err = Error;

    /// Reads what `Display` wrote.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::new(
                ErrorKind::Invalid,
                "this is no checkpoint of a copy: start without it",
            )
        };
        let text: Text = serde_json::from_str(text.trim()).map_err(|_| refused())?;
        let cursor = text.cursor.map(|cursor| cursor.parse()).transpose()?;
        Ok(Self {
            copy: u64::from_str_radix(&text.copy, 16).map_err(|_| refused())?,
            as_of: text.as_of,
            counts: text.counts,
            place: text.pass.map(|pass| Place { pass, cursor }),
        })
    }
}
