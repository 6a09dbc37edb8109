//! What a rename across slots leaves in the two values while it is under way.

use bytes::Bytes;
use cart_core::{CartKey, Error, Timestamp};
use serde::{Deserialize, Serialize};

use super::head::{Flag, Head, hexadecimal};
use super::record;
use super::{Held, corrupt};

/// One attempt at a rename: a number that no other attempt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt(pub(crate) u64);

impl Attempt {
    /// How long its line is, in bytes.
    pub(super) const LENGTH: usize = 17;

    /// The attempt that a value with a flag tells of.
    pub(crate) fn of(text: &str) -> Result<Self, Error> {
        let line = text
            .as_bytes()
            .get(Head::LENGTH..Head::LENGTH + Self::LENGTH);
        let digits = line.and_then(|line| line.strip_suffix(b"\n"));
        digits.and_then(hexadecimal).map(Self).ok_or_else(corrupt)
    }

    fn write(self, buffer: &mut Vec<u8>) {
        buffer.extend(format!("{:016x}\n", self.0).bytes());
    }
}

/// The value of a cart without a flag, not decoded: what a rename moves about as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unflagged {
    /// The whole value; empty where there is none.
    pub(crate) bytes: Bytes,
    pub(crate) head: Head,
}

impl Unflagged {
    /// No value.
    pub(crate) const NONE: Self = Self {
        bytes: Bytes::new(),
        head: Head::without_record(Flag::Plain),
    };

    /// The value that `bytes` are.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Ok(Self::NONE);
        }
        let head = Head::read(str::from_utf8(bytes).map_err(|_| corrupt())?)?;
        if head.flag != Flag::Plain {
            return Err(corrupt());
        }
        Ok(Self {
            bytes: Bytes::copy_from_slice(bytes),
            head,
        })
    }

    /// By what a script knows that this value still stands: its head, or nothing.
    pub(crate) fn beginning(&self) -> Bytes {
        self.bytes.slice(..self.bytes.len().min(Head::LENGTH))
    }

    /// What the value holds.
    pub(crate) fn held(&self) -> Result<Held, Error> {
        super::read(str::from_utf8(&self.bytes).map_err(|_| corrupt())?)
    }

    fn body(&self) -> &[u8] {
        self.bytes.get(Head::LENGTH..).unwrap_or_default()
    }
}

/// A value with a flag, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Renaming {
    pub(crate) attempt: Attempt,
    /// What reads see as long as the flag stands.
    pub(crate) shown: Unflagged,
    pub(crate) step: Step,
}

/// Which step of a rename a value tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// At the source, before the rename is decided.
    Outgoing {
        to: CartKey,
        /// With what the target's value must begin.
        expected: Bytes,
        /// What is to stay here.
        tombstone: Unflagged,
        /// What is to stand there.
        record: Unflagged,
    },
    /// At the source, decided: here stands the tombstone.
    Committed { to: CartKey },
    /// At the target: what is to stand here once the rename is decided.
    Incoming { from: CartKey, record: Unflagged },
}

/// What stands behind the record of a value with a flag, on one line.
#[derive(Serialize, Deserialize)]
struct Notes {
    /// The other key.
    other: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    expected: String,
    /// Of the values behind this line, in bytes.
    lengths: Vec<usize>,
}

impl Renaming {
    /// Reads a value with a flag.
    ///
    /// # Errors
    ///
    /// `Corrupt` for anything else.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let head = Head::read(text)?;
        let attempt = Attempt::of(text)?;
        let body = head.body(text)?;
        let length = match head.content {
            Some(_) => record::length(body)?,
            None => 0,
        };
        let (shown_body, notes) = body.split_at_checked(length).ok_or_else(corrupt)?;
        let (notes, mut values) = record::read_line::<Notes>(notes)?;
        let other = CartKey::decode(&notes.other).map_err(|_| corrupt())?;
        let mut next = |length: &usize| {
            let (value, behind) = values.split_at_checked(*length).ok_or_else(corrupt)?;
            values = behind;
            Unflagged::read(value.as_bytes())
        };
        let values: Result<Vec<Unflagged>, Error> = notes.lengths.iter().map(&mut next).collect();
        let step = match (head.flag, &mut values?[..]) {
            (Flag::Outgoing, [tombstone, record]) => Step::Outgoing {
                to: other,
                expected: notes.expected.into(),
                tombstone: tombstone.clone(),
                record: record.clone(),
            },
            (Flag::Committed, []) => Step::Committed { to: other },
            (Flag::Incoming, [record]) => Step::Incoming {
                from: other,
                record: record.clone(),
            },
            _ => return Err(corrupt()),
        };
        Ok(Self {
            attempt,
            shown: shown(head, shown_body)?,
            step,
        })
    }

    /// The value with the flag.
    pub(crate) fn encode(&self) -> Result<Bytes, Error> {
        let (flag, other, expected, values) = match &self.step {
            Step::Outgoing {
                to,
                expected,
                tombstone,
                record,
            } => (Flag::Outgoing, to, &expected[..], vec![tombstone, record]),
            Step::Committed { to } => (Flag::Committed, to, &[][..], Vec::new()),
            Step::Incoming { from, record } => (Flag::Incoming, from, &[][..], vec![record]),
        };
        let mut buffer = Vec::new();
        let head = Head {
            flag,
            ..self.shown.head
        };
        head.write(&mut buffer)?;
        self.attempt.write(&mut buffer);
        buffer.extend_from_slice(self.shown.body());
        let notes = Notes {
            other: other.encode(),
            expected: String::from_utf8(expected.to_vec()).map_err(|_| corrupt())?,
            lengths: values.iter().map(|value| value.bytes.len()).collect(),
        };
        record::write_line(&mut buffer, &notes)?;
        for value in values {
            buffer.extend_from_slice(&value.bytes);
        }
        Ok(buffer.into())
    }

    /// By what a script knows that this very step still stands.
    pub(crate) fn beginning(&self) -> Result<Bytes, Error> {
        let whole = self.encode()?;
        Ok(whole.slice(..Head::LENGTH + Attempt::LENGTH))
    }

    /// Until when the value is needed: no side may vanish before what the other still has to learn
    /// from it.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let values: Vec<&Unflagged> = match &self.step {
            Step::Outgoing {
                tombstone, record, ..
            } => vec![&self.shown, tombstone, record],
            Step::Committed { .. } => return None,
            Step::Incoming { record, .. } => vec![&self.shown, record],
        };
        let values = values.iter().filter(|value| !value.bytes.is_empty());
        // Without an end is the longest of all.
        values
            .map(|value| value.head.expires_at)
            .reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)))
            .flatten()
    }
}

/// The value that reads see behind a flag.
fn shown(head: Head, body: &str) -> Result<Unflagged, Error> {
    if head.content.is_none() {
        return Ok(Unflagged::NONE);
    }
    let head = Head {
        flag: Flag::Plain,
        ..head
    };
    let mut bytes = Vec::with_capacity(Head::LENGTH + body.len());
    head.write(&mut bytes)?;
    bytes.extend_from_slice(body.as_bytes());
    Ok(Unflagged {
        bytes: bytes.into(),
        head,
    })
}
