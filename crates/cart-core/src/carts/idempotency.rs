//! Edits that a repeated call does not repeat.

use std::hash::Hasher;

use serde::Serialize;
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::codec::{KeyedWrite, Ledger};
use crate::domain::Json;
use crate::storage::{Error, ErrorKind, Result, Version};

/// Makes a repeated call harmless: the edit of one key is made once, and the note of it is part of
/// the same atomic write.
///
/// A cart remembers its last 16 keys, and takes them along when it moves or is merged. A cart that
/// was deleted has forgotten them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    digest: String,
}

impl IdempotencyKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// The key `key` for a call that asks for `request`: the same key with another request is an
    /// error, not a repetition.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the key is empty or too long, or the request is no JSON.
    pub fn new(key: impl Into<String>, request: &impl Serialize) -> Result<Self> {
        let key = key.into();
        if key.is_empty() || key.len() > Self::MAX_BYTES {
            return Err(Error::new(
                ErrorKind::Invalid,
                "an idempotency key has between 1 and 255 bytes",
            ));
        }
        let request = Json::from_serialize(request)?;
        Ok(Self {
            key,
            digest: digest(request.as_str()),
        })
    }

    /// The note of the write `version`, made for this key.
    pub(super) fn write(&self, version: Version) -> KeyedWrite {
        KeyedWrite {
            key: self.key.clone(),
            digest: self.digest.clone(),
            version,
        }
    }

    /// Whether the edit of this key was made before.
    pub(super) fn is_done(&self, ledger: &Ledger) -> Result<bool> {
        match ledger.keyed.iter().find(|write| write.key == self.key) {
            None => Ok(false),
            Some(write) if write.digest == self.digest => Ok(true),
            Some(_) => Err(Error::new(
                ErrorKind::Invalid,
                "the idempotency key was used for another request: use a new one",
            )),
        }
    }
}

fn digest(text: &str) -> String {
    let mut hasher = SipHasher24::new_with_key(b"idempotency key.");
    hasher.write(text.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}
