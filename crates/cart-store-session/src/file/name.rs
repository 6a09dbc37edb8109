//! Where an owner's file is.

use std::fmt::Write;

use cart_core::{CartKey, Cursor, Error, Instance, Owner};
use sha2::{Digest, Sha256};

/// The name of a session's file: the SHA-256 of its owner in lower-case hexadecimal digits, which
/// every file system tells apart and which says nothing to whoever lists the folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileName(String);

impl FileName {
    /// How many digits of the name choose the folder.
    const STRIPE_DIGITS: usize = 2;
    const DIGITS: usize = 64;

    pub(super) fn of(owner: &Owner) -> Self {
        let mut name = String::with_capacity(Self::DIGITS);
        for byte in Sha256::digest(written(owner)) {
            // Writing to a `String` never fails.
            let _ = write!(name, "{byte:02x}");
        }
        Self(name)
    }

    /// The name with these digits.
    pub(super) fn from_digits(digits: &[u8]) -> Result<Self, Error> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match str::from_utf8(digits) {
            Ok(text) if text.len() == Self::DIGITS && digits.iter().all(is_digit) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Cursor::refused()),
        }
    }

    pub(super) fn digits(&self) -> &str {
        &self.0
    }

    /// The stripe that the file belongs to.
    pub(super) fn stripe(&self) -> u8 {
        u8::from_str_radix(&self.0[..Self::STRIPE_DIGITS], 16).unwrap_or(0)
    }

    /// The name within its stripe's folder.
    pub(super) fn in_stripe(&self) -> &str {
        &self.0[Self::STRIPE_DIGITS..]
    }

    /// The name of the file `in_stripe` of a stripe, if it is a session's.
    pub(super) fn parse(stripe: u8, in_stripe: &str) -> Option<Self> {
        Self::from_digits(format!("{stripe:02x}{in_stripe}").as_bytes()).ok()
    }
}

/// An owner as it stands in its file: the key of its default cart.
pub(super) fn written(owner: &Owner) -> String {
    CartKey::new(owner.clone(), Instance::default()).encode()
}

/// The owner that [`written`] gave a text for.
pub(super) fn owner_of(text: &str) -> Option<Owner> {
    CartKey::decode(text).ok().map(|key| key.owner().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_owners_have_short_names_of_their_own() {
        let long = "\u{1f6d2}".repeat(63);
        let one = FileName::of(&Owner::user(format!("{long}a")).unwrap());
        let other = FileName::of(&Owner::user(format!("{long}b")).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.digits().len(), 64);
    }

    #[test]
    fn a_name_is_found_again_from_its_stripe() {
        let name = FileName::of(&Owner::guest("../..").unwrap());
        let again = FileName::parse(name.stripe(), name.in_stripe());
        assert_eq!(again, Some(name));
        assert_eq!(FileName::parse(0, ".lock"), None);
    }

    #[test]
    fn an_owner_is_read_back() {
        let owner = Owner::user("a/b").unwrap();
        assert_eq!(owner_of(&written(&owner)), Some(owner));
        assert_eq!(owner_of("nobody"), None);
    }
}
