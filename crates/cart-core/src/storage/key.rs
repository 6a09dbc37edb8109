//! Which cart it is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::owner::{InvalidKey, KeyPart, Owner, OwnerClass, Tenant};

/// The name of one of an owner's carts: `default`, `wishlist`, …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(Arc<str>);

impl Instance {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The name that applications use when they need only one.
    pub const DEFAULT: &'static str = "default";

    /// An instance named `name`.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the name is empty or longer than [`Instance::MAX_BYTES`] bytes.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidKey> {
        let name = name.into();
        if name.is_empty() {
            return Err(InvalidKey::new(KeyPart::Instance, "is empty"));
        }
        if name.len() > Self::MAX_BYTES {
            return Err(InvalidKey::new(
                KeyPart::Instance,
                "is longer than 64 bytes",
            ));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What stays as it is in an encoded part; everything else is escaped, so that no part can hold
/// the separator, a pattern of a search, or a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The key of a cart: its owner and its instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CartKey {
    owner: Owner,
    instance: Instance,
}

impl CartKey {
    /// The key of `owner`'s cart `instance`.
    pub fn new(owner: Owner, instance: Instance) -> Self {
        Self { owner, instance }
    }

    /// Whose cart it is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Which of the owner's carts it is.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The key as one text: `TENANT/KIND/IDENTIFIER/INSTANCE`, each part percent-encoded
    /// (RFC 3986 §2.1) but for ASCII letters, digits, `-` and `_`.
    ///
    /// Distinct keys have distinct texts, and [`CartKey::decode`] gives the key back.
    ///
    /// ```
    /// use cart_core::{CartKey, Instance, Owner};
    ///
    /// let key = CartKey::new(Owner::user("a/b:c")?, Instance::default());
    /// assert_eq!(key.encode(), "/user/a%2Fb%3Ac/default");
    /// assert_eq!(CartKey::decode(&key.encode())?, key);
    /// # Ok::<(), cart_core::InvalidKey>(())
    /// ```
    pub fn encode(&self) -> String {
        let owner = &self.owner;
        let [tenant, class, identifier, instance] = [
            owner.tenant().as_str(),
            owner.class().as_str(),
            owner.identifier(),
            self.instance.as_str(),
        ]
        .map(|part| utf8_percent_encode(part, PLAIN));
        format!("{tenant}/{class}/{identifier}/{instance}")
    }

    /// The key whose text [`CartKey::encode`] gave.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] for every other text, such as one that escapes what needs no escape.
    pub fn decode(text: &str) -> Result<Self, InvalidKey> {
        const REFUSED: InvalidKey =
            InvalidKey::new(KeyPart::Encoded, "is not TENANT/KIND/IDENTIFIER/INSTANCE");
        let parts: Vec<&str> = text.split('/').collect();
        let [tenant, class, identifier, instance] = parts[..] else {
            return Err(REFUSED);
        };
        let owner = Owner::new(OwnerClass::new(&plain(class)?)?, &*plain(identifier)?)?
            .in_tenant(Tenant::new(&*plain(tenant)?)?);
        let key = Self::new(owner, Instance::new(&*plain(instance)?)?);
        // One key has one text: `%41` is no other way to write `A`.
        if key.encode() == text {
            Ok(key)
        } else {
            Err(REFUSED)
        }
    }
}

fn plain(part: &str) -> Result<Cow<'_, str>, InvalidKey> {
    percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| InvalidKey::new(KeyPart::Encoded, "is not UTF-8"))
}
