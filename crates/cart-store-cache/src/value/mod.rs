//! The value of a cart: a head of fixed width for the scripts, and behind it the record.
//!
//! ```text
//! 1 - L 0000000000000000007-00000000000000ff 09223372036854775807 \n
//! │ │ │ version                              expiry
//! │ │ └ state   │ └ flag of a rename   └ layout            (without the spaces)
//! [the attempt of a rename, where the flag tells of one]\n
//! {"format":1,…,"lengths":[…]}\n
//! items, conditions, metadata and ledger, byte for byte
//! [what the rename needs]
//! ```

mod head;
mod lifetime;
mod record;
mod renaming;

use cart_core::{CartRecord, Error, ErrorKind, Stored, Timestamp};

pub(crate) use head::{Flag, Head, moment, version_text};
pub(crate) use lifetime::{Lifetime, purged_before};
pub(crate) use record::encode;
pub(crate) use renaming::{Attempt, Renaming, Step, Unflagged};

/// What a value holds.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) head: Head,
    record: Option<CartRecord>,
}

impl Held {
    /// What is stored at `now`.
    pub(crate) fn stored(self, now: Timestamp) -> Stored {
        Stored::of(self.record, now)
    }

    /// The record, when it counts at `now`.
    pub(crate) fn record(self, now: Timestamp) -> Option<CartRecord> {
        self.record.filter(|record| !record.is_expired(now))
    }
}

/// Reads a value: its record, whatever its flag.
///
/// # Errors
///
/// `Corrupt` for what is no value, `NewerFormat` for a value of a newer layout.
pub(crate) fn read(text: &str) -> Result<Held, Error> {
    let head = Head::read(text)?;
    let body = head.body(text)?;
    let is_plain = head.flag == Flag::Plain;
    let record = match head.content {
        Some(content) => {
            let (record, behind) = record::read(content, head.expires_at, body)?;
            if is_plain && !behind.is_empty() {
                return Err(corrupt());
            }
            Some(record)
        }
        // Only a rename leaves notes where there is no record.
        None if is_plain => return Err(corrupt()),
        None => None,
    };
    Ok(Held { head, record })
}

/// The error for a value that can't be made out.
pub(crate) fn corrupt() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "a cart's value can't be read; it was left as it is: restore it from a backup",
    )
}

#[cfg(test)]
mod tests;
