//! Where a scan goes on.

use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;

use siphasher::sip::SipHasher24;

use super::error::{Error, ErrorKind};
use super::request::{ScanRequest, Select};

/// The place at which a scan goes on, also in another process and after a restart.
///
/// A cursor belongs to one store and one kind of request: the store finds its own position in it,
/// and any other gets [`ErrorKind::Invalid`]. The text form is hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    scope: u64,
    position: Vec<u8>,
}

const KEY: [u8; 16] = *b"cart scan cursor";

impl Cursor {
    /// The cursor of `store` for `request`, at a position that only the store understands.
    pub fn new(store: &str, request: &ScanRequest, position: impl Into<Vec<u8>>) -> Self {
        Self {
            scope: scope(store, request),
            position: position.into(),
        }
    }

    /// The position, for the store and the request that the cursor was made for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for another store, or a request for other carts.
    pub fn position(&self, store: &str, request: &ScanRequest) -> Result<&[u8], Error> {
        if self.scope == scope(store, request) {
            Ok(&self.position)
        } else {
            Err(Self::refused())
        }
    }

    /// The error for a cursor whose position the store can't make sense of.
    pub fn refused() -> Error {
        Error::new(
            ErrorKind::Invalid,
            "the cursor belongs to another store or another request: start the scan again",
        )
    }
}

fn scope(store: &str, request: &ScanRequest) -> u64 {
    let mut hasher = SipHasher24::new_with_key(&KEY);
    let mut part = |text: Option<&str>| {
        hasher.write_usize(text.map_or(usize::MAX, str::len));
        hasher.write(text.unwrap_or_default().as_bytes());
    };
    part(Some(store));
    part(request.tenant.as_ref().map(super::owner::Tenant::as_str));
    part(request.class.as_ref().map(super::owner::OwnerClass::as_str));
    let owner = request
        .owner
        .as_ref()
        .map(|owner| owner.fingerprint().to_string());
    part(owner.as_deref());
    part(Some(match request.select {
        Select::Live => "live",
        Select::Marked => "marked",
        Select::Tombstones => "tombstones",
    }));
    part(request.updated_before.map(|_| "by time"));
    hasher.finish()
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.scope)?;
        self.position
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() < 16 || !text.len().is_multiple_of(2) || !text.bytes().all(is_digit) {
            return Err(Self::refused());
        }
        let (scope, position) = text.split_at(16);
        let byte = |at: usize| u8::from_str_radix(&position[at..at + 2], 16);
        let position: Result<Vec<u8>, _> = (0..position.len()).step_by(2).map(byte).collect();
        match (u64::from_str_radix(scope, 16), position) {
            (Ok(scope), Ok(position)) => Ok(Self { scope, position }),
            _ => Err(Self::refused()),
        }
    }
}
