//! The head of a value: what a script compares without parsing.

use std::io::Write;

use cart_core::{CartRecord, Error, ErrorKind, RecordState, Stored, Timestamp, Version};

use super::corrupt;
use super::renaming::Attempt;

/// The layout that this release writes.
const LAYOUT: u8 = b'1';
/// The expiry of what never expires: later than every moment.
const NEVER: &str = "99999999999999999999";
/// The version of a value without a record.
const NO_VERSION: &str = "0000000000000000000-0000000000000000";

/// What is known of a value by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) flag: Flag,
    /// The record's; nothing where only a rename has left its notes.
    pub(crate) content: Option<Content>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What the head tells of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) state: RecordState,
    pub(crate) version: Version,
}

/// Whether a rename is under way, and the letter for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Flag {
    /// None is.
    Plain = b'-',
    /// The cart is to leave this key.
    Outgoing = b'o',
    /// The cart has left this key, and may not have arrived yet.
    Committed = b'c',
    /// A cart is to arrive here, or has.
    Incoming = b'i',
}

impl Flag {
    const ALL: [Self; 4] = [Self::Plain, Self::Outgoing, Self::Committed, Self::Incoming];

    const fn letter(self) -> u8 {
        self as u8
    }
}

/// The letters of states, and of none.
const STATES: [(Option<RecordState>, u8); 5] = [
    (Some(RecordState::Live), b'L'),
    (Some(RecordState::Deleted), b'D'),
    (Some(RecordState::Moving), b'M'),
    (Some(RecordState::Moved), b'V'),
    (None, b'N'),
];

impl Head {
    /// How long it is, in bytes.
    pub(crate) const LENGTH: usize = 60;

    /// The head of a value that holds `record`.
    pub(super) fn of(record: &CartRecord) -> Self {
        let header = &record.header;
        Self {
            flag: Flag::Plain,
            content: Some(Content {
                state: header.state,
                version: header.version,
            }),
            expires_at: header.expires_at,
        }
    }

    /// The head of a value without a record.
    pub(super) const fn without_record(flag: Flag) -> Self {
        Self {
            flag,
            content: None,
            expires_at: None,
        }
    }

    /// Writes the head to the end of `buffer`.
    pub(super) fn write(&self, buffer: &mut Vec<u8>) -> Result<(), Error> {
        let state = self.content.map(|content| content.state);
        let letter = STATES.iter().find(|(of, _)| *of == state);
        let (_, letter) = letter.ok_or_else(|| {
            Error::new(
                ErrorKind::Unexpected,
                "a record in a state that this store doesn't know: update the store",
            )
        })?;
        buffer.extend([LAYOUT, self.flag.letter(), *letter]);
        match self.content {
            Some(content) => push_version(buffer, content.version),
            None => buffer.extend(NO_VERSION.as_bytes()),
        }
        match self.expires_at {
            Some(at) => push_moment(buffer, at),
            None => buffer.extend(NEVER.as_bytes()),
        }
        buffer.push(b'\n');
        Ok(())
    }

    /// Reads the head at the start of a value.
    ///
    /// # Errors
    ///
    /// `Corrupt` for what is no head, `NewerFormat` for one of a newer layout.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        match bytes.first() {
            Some(&LAYOUT) => {}
            Some(layout) if layout.is_ascii_digit() && *layout > LAYOUT => {
                return Err(Error::new(
                    ErrorKind::NewerFormat,
                    "the cart was written by a newer release: update this one",
                ));
            }
            _ => return Err(corrupt()),
        }
        Self::parse(bytes).ok_or_else(corrupt)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..Self::LENGTH)?;
        if head[22] != b'-' || head[59] != b'\n' {
            return None;
        }
        let flag = Flag::ALL
            .into_iter()
            .find(|flag| flag.letter() == head[1])?;
        let (state, _) = STATES.iter().find(|(_, letter)| *letter == head[2])?;
        let sequence = decimal(&head[3..22])?;
        let write_id = hexadecimal(&head[23..39])?;
        let content = match state {
            Some(state) => Some(Content {
                state: *state,
                version: Version::new(sequence, write_id).ok()?,
            }),
            None => None,
        };
        let expires_at = match &head[39..59] {
            never if never == NEVER.as_bytes() => None,
            digits => Some(unbiased(decimal(digits)?)),
        };
        Some(Self {
            flag,
            content,
            expires_at,
        })
    }

    /// What stands behind the head, and behind the attempt where a rename is under way.
    pub(super) fn body<'a>(&self, text: &'a str) -> Result<&'a str, Error> {
        let start = match self.flag {
            Flag::Plain => Self::LENGTH,
            Flag::Outgoing | Flag::Committed | Flag::Incoming => {
                Attempt::of(text)?;
                Self::LENGTH + Attempt::LENGTH
            }
        };
        text.get(start..).ok_or_else(corrupt)
    }

    /// What is stored at `now`, as far as the rules for writing look.
    pub(crate) fn stored(&self, now: Timestamp) -> Stored {
        let record = self.content.map(|content| {
            let mut record = CartRecord::new(content.version, now);
            record.header.state = content.state;
            record.header.expires_at = self.expires_at;
            record
        });
        Stored::of(record, now)
    }

    /// The record's version, whether it counts or not.
    pub(crate) fn version(&self) -> Option<Version> {
        self.content.map(|content| content.version)
    }

    /// Whether a cart counts at `now`.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.content
            .is_some_and(|content| content.state != RecordState::Deleted)
            && self.expires_at.is_none_or(|at| now < at)
    }
}

/// A version as heads hold it.
pub(crate) fn version_text(version: Version) -> Vec<u8> {
    let mut text = Vec::with_capacity(NO_VERSION.len());
    push_version(&mut text, version);
    text
}

/// A point in time as heads hold it: digits that are ordered as the time is.
pub(crate) fn moment(at: Timestamp) -> Vec<u8> {
    let mut text = Vec::with_capacity(NEVER.len());
    push_moment(&mut text, at);
    text
}

fn push_version(buffer: &mut Vec<u8>, version: Version) {
    let (sequence, write_id) = (version.sequence(), version.write_id());
    // Writing to memory doesn't fail.
    let _ = write!(buffer, "{sequence:019}-{write_id:016x}");
}

fn push_moment(buffer: &mut Vec<u8>, at: Timestamp) {
    let biased = at.as_millis().cast_unsigned() ^ SIGN;
    let _ = write!(buffer, "{biased:020}");
}

/// The bit that orders signed numbers as unsigned ones.
const SIGN: u64 = 1 << 63;

fn unbiased(biased: u64) -> Timestamp {
    Timestamp::from_millis((biased ^ SIGN).cast_signed())
}

fn decimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// The number that these digits are, lower-case as they were written.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((number << 4) | u64::from(digit))
    })
}
