//! Under which keys a cart stands, and in which slot.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use cart_core::{CartKey, Error, ErrorKind, Owner};

use crate::value::corrupt;

/// What every key of a store starts with; `cart` unless told otherwise.
///
/// Stores of different prefixes see nothing of each other: a prefix holds no brace, and what
/// stands before a key's first brace tells the prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// The longest prefix, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("cart".into())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Prefix {
    type Err = Error;

    /// Reads a prefix.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] unless it is 1 to [`Prefix::MAX_BYTES`] visible ASCII characters
    /// other than braces.
    fn from_str(text: &str) -> Result<Self, Error> {
        let is_fit = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}');
        if (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(is_fit) {
            return Ok(Self(text.into()));
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "a prefix is 1 to 64 visible ASCII characters, without braces",
        ))
    }
}

/// One of the slots into which a cluster divides its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u16);

impl Slot {
    /// How many there are.
    pub(crate) const COUNT: u16 = 16_384;

    /// The slot of this number.
    pub(crate) fn new(number: u16) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// The slot of all keys that hold `tag` in braces.
    fn of_tag(tag: &str) -> Self {
        Self(crc16(tag.as_bytes()) % Self::COUNT)
    }

    /// All of them, from `first` on.
    pub(crate) fn all_from(first: Self) -> impl Iterator<Item = Self> {
        (first.0..Self::COUNT).map(Self)
    }

    pub(crate) const FIRST: Self = Self(0);

    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    /// The smallest number whose digits, as a tag, lie in this slot.
    fn tag(self) -> u32 {
        TAGS[usize::from(self.0)]
    }
}

/// For each slot, the smallest number whose digits lie in it.
static TAGS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut tags: Vec<Option<u32>> = vec![None; usize::from(Slot::COUNT)];
    let mut missing = tags.len();
    for number in 0_u32.. {
        let slot = Slot::of_tag(&number.to_string());
        let tag = &mut tags[usize::from(slot.0)];
        if tag.is_none() {
            *tag = Some(number);
            missing -= 1;
        }
        if missing == 0 {
            break;
        }
    }
    tags.into_iter().flatten().collect()
});

/// The checksum by which keys are spread over slots: CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum: u16, byte| {
        let index = (sum >> 8) ^ u16::from(*byte);
        (sum << 8) ^ CRC16[usize::from(index)]
    })
}

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut index: u16 = 0;
    while index < 256 {
        let mut sum = index << 8;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000 == 0 {
                sum << 1
            } else {
                (sum << 1) ^ 0x1021
            };
            bit += 1;
        }
        table[index as usize] = sum;
        index += 1;
    }
    table
};

/// Where a cart stands: all that a call has to know of its key.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) slot: Slot,
    /// The key of the cart's value.
    pub(crate) value: Bytes,
    /// The cart's member of the index: its encoded key.
    pub(crate) member: Bytes,
    prefix: Prefix,
}

impl Place {
    /// The place of the cart `key` in the store of `prefix`.
    pub(crate) fn of(prefix: &Prefix, key: &CartKey) -> Self {
        Self::of_member(prefix, key.encode())
    }

    /// The place of the cart whose encoded key is `member`.
    pub(crate) fn of_member(prefix: &Prefix, member: String) -> Self {
        // An encoded key has three slashes, and none in its parts.
        let (owner, instance) = member.rsplit_once('/').unwrap_or((&member, ""));
        let slot = Slot::of_tag(owner);
        Self {
            slot,
            value: format!("{prefix}:{{{owner}}}:{instance}").into(),
            member: member.into(),
            prefix: prefix.clone(),
        }
    }

    /// The key of the index that lists the cart, in the same slot.
    pub(crate) fn index(&self) -> Bytes {
        index(&self.prefix, self.slot)
    }

    /// The keys that a script about this cart gets.
    pub(crate) fn keys(&self) -> Vec<Bytes> {
        vec![self.value.clone(), self.index()]
    }

    /// The key of the cart.
    pub(crate) fn key(&self) -> Result<CartKey, Error> {
        let member = str::from_utf8(&self.member).map_err(|_| corrupt())?;
        CartKey::decode(member).map_err(|_| corrupt())
    }
}

/// The key of the list of carts in `slot`, which lies in that slot itself.
pub(crate) fn index(prefix: &Prefix, slot: Slot) -> Bytes {
    format!("{prefix}:index:{{{}}}", slot.tag()).into()
}

/// What the members of an owner's carts begin with, and the slot in which they all are.
pub(crate) fn members_of(owner: &Owner) -> (Slot, String) {
    let key = CartKey::new(owner.clone(), cart_core::Instance::default());
    let mut start = key.encode();
    let end = start.rfind('/').unwrap_or(start.len());
    let slot = Slot::of_tag(&start[..end]);
    start.truncate(end + 1);
    (slot, start)
}

#[cfg(test)]
mod tests;
