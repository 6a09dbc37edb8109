//! What stands in a session's file.

use std::collections::BTreeMap;

use cart_core::{Error, ErrorKind, Owner, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::name::{owner_of, written};
use crate::codec::{self, Written};
use crate::sessions::SessionCarts;

/// The most that a file may have, in bytes: what is larger was not written here.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A session: its carts, and what else is in it.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) owner: Owner,
    pub(super) carts: SessionCarts,
    /// The other keys of the session, as they were written.
    others: BTreeMap<String, Box<RawValue>>,
}

/// A file, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    owner: String,
    session: BTreeMap<String, Box<RawValue>>,
}

impl Document {
    /// The session of somebody who has none yet.
    pub(super) fn empty(owner: Owner) -> Self {
        Self {
            owner,
            carts: SessionCarts::default(),
            others: BTreeMap::new(),
        }
    }

    /// Whether there is nothing to keep.
    pub(super) fn is_empty(&self) -> bool {
        self.carts.is_empty() && self.others.is_empty()
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] for anything that [`Document::to_text`] didn't write.
    pub(super) fn parse(text: &[u8], key: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(corrupt(Unreadable::Size));
        }
        let file: File = serde_json::from_slice(text).map_err(|error| at(&error))?;
        let owner = owner_of(&file.owner).ok_or_else(|| corrupt(Unreadable::Owner))?;
        let mut others = file.session;
        let carts = match others.remove(key) {
            Some(value) => {
                let written: Written =
                    serde_json::from_str(value.get()).map_err(|error| at(&error))?;
                codec::read(written)?
            }
            None => SessionCarts::default(),
        };
        Ok(Self {
            owner,
            carts,
            others,
        })
    }

    /// The text of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] never in practice: everything in a session is JSON.
    pub(super) fn to_text(&self, key: &str) -> Result<String> {
        let unexpected = |error: serde_json::Error| {
            Error::new(ErrorKind::Unexpected, "a session can't be written as JSON")
                .with_source(error)
        };
        let mut session = self.others.clone();
        if !self.carts.is_empty() {
            let carts = serde_json::value::to_raw_value(&codec::write(&self.carts));
            session.insert(key.to_owned(), carts.map_err(unexpected)?);
        }
        let file = File {
            owner: written(&self.owner),
            session,
        };
        serde_json::to_string(&file).map_err(unexpected)
    }
}

/// Why a file is no session, without what stands in it: `serde_json` quotes what it can't read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("line {line}, column {column} of the file, or of the carts in it, can't be read")]
    At { line: usize, column: usize },
    #[error("the file names no owner")]
    Owner,
    #[error("the file has more than {MAX_BYTES} bytes")]
    Size,
}

fn at(error: &serde_json::Error) -> Error {
    corrupt(Unreadable::At {
        line: error.line(),
        column: error.column(),
    })
}

fn corrupt(reason: Unreadable) -> Error {
    codec::corrupt(reason)
}

#[cfg(test)]
mod tests {
    use cart_core::{CartRecord, Instance, Timestamp, Version};

    use super::*;

    fn document() -> Document {
        let owner = Owner::user("42").unwrap();
        let mut document = Document::empty(owner);
        let version = Version::new(1, 7).unwrap();
        let record = CartRecord::new(version, Timestamp::from_millis(5));
        document.carts.put(Instance::default(), record);
        document
    }

    #[test]
    fn what_else_is_in_the_session_stays_as_it_is() {
        let text = document().to_text("cart").unwrap();
        let text = text.replace(r#"{"cart":"#, r#"{"a":[1.10, 1e400],"cart":"#);
        let read = Document::parse(text.as_bytes(), "cart").unwrap();
        assert_eq!(read.carts, document().carts);
        assert_eq!(read.to_text("cart").unwrap(), text);
    }

    #[test]
    fn carts_under_another_key_are_something_else() {
        let text = document().to_text("cart").unwrap();
        let read = Document::parse(text.as_bytes(), "basket").unwrap();
        assert!(read.carts.is_empty() && !read.is_empty());
        assert_eq!(read.to_text("basket").unwrap(), text);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_corrupt_and_not_quoted() {
        let whole = document().to_text("cart").unwrap();
        for text in ["", "{}", "secret", &whole[1..], &whole[..whole.len() - 1]] {
            let error = Document::parse(text.as_bytes(), "cart").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{text}");
            assert!(!format!("{error:?}").contains("secret"));
        }
    }
}
