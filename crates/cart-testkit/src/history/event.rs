//! What a client did, and what it was answered.

use std::fmt;

use cart_core::Version;
use serde::{Deserialize, Serialize};

/// One operation of one client on one cart.
///
/// Times are nanoseconds, all told by one monotonic clock: since the recorder was made, unless it
/// was given a clock. An interval
/// holds both its ends: two operations of which one ends at the nanosecond at which the other
/// begins count as concurrent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Which client it was.
    pub client: u32,
    /// Which cart: the encoded key.
    pub key: String,
    /// When the operation was called.
    pub called: u64,
    /// When its answer came. What an unknown outcome stands for may happen later still.
    pub returned: u64,
    /// What was done.
    #[serde(flatten)]
    pub action: Action,
}

/// What was done, and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A load that was answered.
    Load {
        /// What it found.
        found: Found,
    },
    /// A save.
    Save {
        /// What was to be stored.
        write: Write,
        /// How it was answered.
        answer: Answer,
    },
}

/// What a load found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Nothing: the cart has never been written.
    Missing,
    /// A cart or a tombstone.
    Stored {
        /// Its version.
        version: Version,
        /// What it held.
        content: Content,
    },
}

/// What a save was to store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Write {
    /// The version of the record.
    pub version: Version,
    /// What the record held.
    pub content: Content,
    /// What it expected; `None` expects no live cart, `Some` a cart or a tombstone of exactly
    /// this version.
    pub expected: Option<Version>,
}

impl Write {
    /// Whether it is a creation that a tombstone may refuse: one whose sequence is not smaller.
    pub(super) fn is_behind(self, stored: Option<Version>) -> bool {
        self.expected.is_none()
            && stored.is_some_and(|stored| stored.sequence() >= self.version.sequence())
    }
}

/// What a record held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A cart, known by a digest of its whole record.
    Live(Digest),
    /// A deleted cart.
    Tombstone,
}

impl Content {
    /// Whether there is a cart.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live(_))
    }
}

/// Stands for a whole record. Digests are compared within one history, and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub u64);

/// How a save was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// `Ok`.
    Acknowledged,
    /// A conflict.
    Conflict {
        /// The version that was stored, of a cart or a tombstone.
        actual: Option<Version>,
        /// Whether it was a cart.
        live: bool,
    },
    /// Any other error that says that nothing was changed.
    Failed,
    /// No answer, or an error that leaves open whether the record was stored.
    Unknown,
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client,
            called,
            returned,
            action,
            ..
        } = self;
        write!(formatter, "{called}..{returned} ns, client {client}: ")?;
        match action {
            Action::Load {
                found: Found::Missing,
            } => formatter.write_str("load found nothing"),
            Action::Load {
                found: Found::Stored { version, content },
            } => {
                write!(formatter, "load found {version}, {content}")
            }
            Action::Save { write, answer } => write!(formatter, "{write}: {answer}"),
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "save of {}, {}, over ",
            self.version, self.content
        )?;
        match self.expected {
            Some(version) => version.fmt(formatter),
            None => formatter.write_str("no live cart"),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(Digest(digest)) => write!(formatter, "a cart (digest {digest:016x})"),
            Self::Tombstone => formatter.write_str("a tombstone"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acknowledged => formatter.write_str("acknowledged"),
            Self::Conflict { actual: None, .. } => {
                formatter.write_str("conflict with nothing stored")
            }
            Self::Conflict {
                actual: Some(version),
                live,
            } => {
                let what = if *live { "a cart" } else { "a tombstone" };
                write!(formatter, "conflict with {version}, {what}")
            }
            Self::Failed => formatter.write_str("failed"),
            Self::Unknown => formatter.write_str("outcome unknown"),
        }
    }
}
