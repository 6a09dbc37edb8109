//! Which write of a cart it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{Error, ErrorKind};

/// The version of a record: how many writes the cart has seen, and which write this one was.
///
/// Versions are compared whole. The sequence orders the writes of one cart; the random write id
/// makes a version unique, so that a cart which was deleted, expired or lost with its server and
/// made again never matches a version of its earlier life.
///
/// The text form, `SEQUENCE-WRITEID` with sixteen hexadecimal digits, is what JSON carries and
/// what fits an HTTP `ETag`.
///
/// ```
/// use cart_core::Version;
///
/// let version: Version = "7-00000000000000ff".parse()?;
/// assert_eq!((version.sequence(), version.write_id()), (7, 255));
/// # Ok::<(), cart_core::InvalidVersion>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    sequence: u64,
    write_id: u64,
}

impl Version {
    /// The largest sequence: what every backend can hold in a signed 64-bit column.
    pub const MAX_SEQUENCE: u64 = i64::MAX as u64;

    /// The version with these two numbers.
    ///
    /// # Errors
    ///
    /// [`InvalidVersion`] when the sequence is 0 or larger than [`Version::MAX_SEQUENCE`].
    pub const fn new(sequence: u64, write_id: u64) -> Result<Self, InvalidVersion> {
        if sequence == 0 || sequence > Self::MAX_SEQUENCE {
            return Err(InvalidVersion(()));
        }
        Ok(Self { sequence, write_id })
    }

    /// The version of a cart's first write.
    pub const fn first(write_id: u64) -> Self {
        Self {
            sequence: 1,
            write_id,
        }
    }

    /// The version of the write that follows this one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overflow`] when the sequence is used up.
    pub fn next(self, write_id: u64) -> Result<Self, Error> {
        Self::new(self.sequence.saturating_add(1), write_id).map_err(|source| {
            Error::new(
                ErrorKind::Overflow,
                "the cart has been written too often: move its content to a new cart",
            )
            .with_source(source)
        })
    }

    /// How many writes the cart has seen.
    pub const fn sequence(self) -> u64 {
        self.sequence
    }

    /// Which write it was.
    pub const fn write_id(self) -> u64 {
        self.write_id
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{:016x}", self.sequence, self.write_id)
    }
}

/// A text or a pair of numbers that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version: expected SEQUENCE-WRITEID, such as 7-00000000000000ff")]
pub struct InvalidVersion(());

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let parsed = (|| {
            let (sequence, write_id) = text.split_once('-')?;
            Self::new(
                sequence.parse().ok()?,
                u64::from_str_radix(write_id, 16).ok()?,
            )
            .ok()
        })();
        // Only the text that `Display` gives: no sign, no leading zero, no capital digit.
        parsed
            .filter(|version| version.to_string() == text)
            .ok_or(InvalidVersion(()))
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
