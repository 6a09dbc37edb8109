//! Whose cart it is.

use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;
use std::sync::Arc;

use siphasher::sip::SipHasher24;

use crate::randomness::Randomness;

/// A tenant, an identifier or an instance that can't be part of a key.
///
/// The text says which part and why, and never repeats what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} {reason}")]
pub struct InvalidKey {
    part: KeyPart,
    reason: &'static str,
}

impl InvalidKey {
    pub(crate) const fn new(part: KeyPart, reason: &'static str) -> Self {
        Self { part, reason }
    }

    /// The part of the key that was refused.
    pub const fn part(&self) -> KeyPart {
        self.part
    }
}

/// A part of a [`CartKey`](crate::CartKey).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPart {
    /// The encoded text of a whole key.
    Encoded,
    /// The identifier of the owner.
    Identifier,
    /// The instance.
    Instance,
    /// The kind of owner.
    Kind,
    /// The tenant.
    Tenant,
}

impl fmt::Display for KeyPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Encoded => "the encoded key",
            Self::Identifier => "the owner's identifier",
            Self::Instance => "the instance",
            Self::Kind => "the kind of owner",
            Self::Tenant => "the tenant",
        })
    }
}

/// The shop that a cart belongs to, where one store serves several. The default is the empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// The longest tenant, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// A tenant named `name`: any text of at most [`Tenant::MAX_BYTES`] bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the name is too long.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        let name = name.into();
        if name.len() > Self::MAX_BYTES {
            return Err(InvalidKey::new(KeyPart::Tenant, "is longer than 64 bytes"));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of owner it is: retention and lists tell guests from users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OwnerClass {
    /// An application's own kind, a lower-case word.
    Custom(Arc<str>),
    /// A visitor known by a token alone.
    Guest,
    /// A user with an account.
    User,
}

impl OwnerClass {
    const MAX_BYTES: usize = 32;

    /// The class named `name`: `guest`, `user`, or a kind of the application's own.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] unless the name starts with a letter and holds at most 32 lower-case
    /// letters, digits and hyphens.
    pub fn new(name: &str) -> Result<Self, InvalidKey> {
        match name {
            "guest" => Ok(Self::Guest),
            "user" => Ok(Self::User),
            custom if is_kind(custom) => Ok(Self::Custom(custom.into())),
            _ => Err(InvalidKey::new(
                KeyPart::Kind,
                "must be at most 32 lower-case letters, digits and hyphens, a letter first",
            )),
        }
    }

    /// The name: what stands before the colon of a rendered owner.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Custom(kind) => kind,
            Self::Guest => "guest",
            Self::User => "user",
        }
    }
}

fn is_kind(text: &str) -> bool {
    text.len() <= OwnerClass::MAX_BYTES
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Whose carts they are: a tenant, a kind and an identifier.
///
/// Kinds keep owners apart: guest `42` is not user `42`. An owner is shown as `KIND:IDENTIFIER`
/// (`guest:…`, `user:…`), and [`FromStr`] reads that text back. Its `Debug` form shows a
/// [`Fingerprint`] instead, so that no log carries an identifier by accident.
///
/// ```
/// use cart_core::{Owner, Tenant};
///
/// let owner = Owner::user("42")?.in_tenant(Tenant::new("north")?);
/// assert_eq!(owner.to_string(), "user:42");
/// assert_ne!(Owner::guest("42")?, Owner::user("42")?);
/// # Ok::<(), cart_core::InvalidKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    tenant: Tenant,
    class: OwnerClass,
    identifier: Arc<str>,
}

impl Owner {
    /// The longest identifier, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// The owner of class `class` with this identifier, in the default tenant.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the identifier is empty or longer than [`Owner::MAX_BYTES`] bytes.
    pub fn new(class: OwnerClass, identifier: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        let identifier = identifier.into();
        if identifier.is_empty() {
            return Err(InvalidKey::new(KeyPart::Identifier, "is empty"));
        }
        if identifier.len() > Self::MAX_BYTES {
            return Err(InvalidKey::new(
                KeyPart::Identifier,
                "is longer than 255 bytes",
            ));
        }
        Ok(Self {
            tenant: Tenant::default(),
            class,
            identifier,
        })
    }

    /// A guest, known by a token.
    ///
    /// # Errors
    ///
    /// As [`Owner::new`].
    pub fn guest(token: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        Self::new(OwnerClass::Guest, token)
    }

    /// A new guest, whose token holds 128 random bits.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] never in practice: the token is 32 hexadecimal digits.
    pub fn new_guest(randomness: &dyn Randomness) -> Result<Self, InvalidKey> {
        Self::guest(format!(
            "{:016x}{:016x}",
            randomness.next(),
            randomness.next()
        ))
    }

    /// A user with an account.
    ///
    /// # Errors
    ///
    /// As [`Owner::new`].
    pub fn user(identifier: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        Self::new(OwnerClass::User, identifier)
    }

    /// An owner of the application's own kind.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the kind is not a lower-case word, and as [`Owner::new`].
    pub fn custom(kind: &str, identifier: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        Self::new(OwnerClass::new(kind)?, identifier)
    }

    /// The same owner in another tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The class.
    pub fn class(&self) -> &OwnerClass {
        &self.class
    }

    /// The identifier within tenant and class.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// A short stand-in for logs and metrics.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = SipHasher24::new_with_key(&Fingerprint::KEY);
        for part in [self.tenant.as_str(), self.class.as_str(), &self.identifier] {
            hasher.write_usize(part.len());
            hasher.write(part.as_bytes());
        }
        Fingerprint(hasher.finish())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.class.as_str(), self.identifier)
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Owner({}:#{})",
            self.class.as_str(),
            self.fingerprint()
        )
    }
}

impl FromStr for Owner {
    type Err = InvalidKey;

    /// Reads `KIND:IDENTIFIER`; everything behind the first colon is the identifier.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (kind, identifier) = text.split_once(':').ok_or(InvalidKey::new(
            KeyPart::Kind,
            "is missing: write guest:TOKEN, user:ID or KIND:ID",
        ))?;
        Self::new(OwnerClass::new(kind)?, identifier)
    }
}

/// Tells owners apart in logs and metrics without telling who they are.
///
/// It is SipHash-2-4 under a fixed key: the same owner has the same fingerprint everywhere, and it
/// is a pseudonym, not a secret: whoever can guess an identifier can compute it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    const KEY: [u8; 16] = *b"cart fingerprint";

    /// The number behind the text: a stable hash, fit for routing.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}
