//! Leases: work that one process is to do alone.

use std::any::Any;
use std::fmt;

use cart_core::{Error, ErrorKind, Result};

/// A lease that this process holds until the value is dropped.
///
/// It rests on a lock that the database ends by itself when the process ends or loses its
/// connection, so it never outlives its holder, and it is no proof against a holder that was cut
/// off a moment ago: work under a lease must stay harmless when it is done twice.
#[must_use = "the lease ends when it is dropped"]
pub struct Lease {
    /// What ends the lease when it is dropped.
    _held: Box<dyn Any + Send>,
}

impl Lease {
    pub(crate) fn new(held: impl Any + Send) -> Self {
        Self {
            _held: Box::new(held),
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lease")
    }
}

/// Checks the name of a lease: it becomes part of a file's name.
pub(crate) fn check_name(name: &str) -> Result<()> {
    const MAX_BYTES: usize = 32;
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if !name.is_empty() && name.len() <= MAX_BYTES && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        "the name of a lease: use at most 32 lower-case ASCII letters, digits and hyphens",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_name_leases() {
        for good in ["a", "clear-abandoned", &"7".repeat(32)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "a/b", "..", "a b", &"7".repeat(33)] {
            let kind = check_name(bad).map_err(|error| error.kind());
            assert_eq!(kind, Err(ErrorKind::Invalid), "{bad}");
        }
    }
}
