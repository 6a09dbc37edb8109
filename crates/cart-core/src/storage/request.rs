//! What a store is asked, and what it answers.

use super::capability::Durability;
use super::conflict::Conflict;
use super::cursor::Cursor;
use super::error::{Error, ErrorKind, Result};
use super::key::CartKey;
use super::owner::{Owner, OwnerClass, Tenant};
use super::record::CartRecord;
use super::version::Version;
use crate::time::Timestamp;

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing, or something that has expired.
    Missing,
    /// A deleted cart's version.
    Tombstone(Version),
    /// A cart.
    Live(CartRecord),
}

impl Stored {
    /// What `record` is at `now`.
    pub fn of(record: Option<CartRecord>, now: Timestamp) -> Self {
        match record {
            Some(record) if record.is_expired(now) => Self::Missing,
            Some(record) if record.is_tombstone() => Self::Tombstone(record.header.version),
            Some(record) => Self::Live(record),
            None => Self::Missing,
        }
    }

    /// The stored version, of a cart or a tombstone.
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Missing => None,
            Self::Tombstone(version) => Some(*version),
            Self::Live(record) => Some(record.header.version),
        }
    }

    /// The cart, when there is one.
    pub fn into_live(self) -> Option<CartRecord> {
        match self {
            Self::Live(record) => Some(record),
            Self::Missing | Self::Tombstone(_) => None,
        }
    }
}

/// Asks for what is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadRequest {
    /// Which cart.
    pub key: CartKey,
    /// A version that the answer must not be older than; where replicas answer, the primary does
    /// when they are behind.
    pub at_least: Option<Version>,
    /// The new moment of expiry, where reading a cart keeps it alive; a later one that is stored
    /// stays.
    pub renew: Option<Timestamp>,
}

impl LoadRequest {
    /// Asks for the cart `key`.
    pub const fn new(key: CartKey) -> Self {
        Self {
            key,
            at_least: None,
            renew: None,
        }
    }
}

/// What must be stored for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expect {
    /// No live cart, and no tombstone whose sequence is not smaller than the new one.
    Absent,
    /// Whatever there is: for tools that repair.
    Any,
    /// Nothing, or a smaller sequence; else the write is left out without an error. For copies and
    /// mirrors.
    Older,
    /// A cart or a tombstone of exactly this version.
    Version(Version),
}

/// What a store has to do about a write; see [`Expect::judge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Answer `Ok` and leave everything as it is.
    Keep,
    /// Write.
    Write,
}

impl Expect {
    /// The rule of the contract's SAVE clauses, for stores that see what is stored before they
    /// write: what happens to a write of version `new` that expects `self` and meets `stored`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) when the expectation does not hold.
    pub fn judge(self, new: Version, stored: &Stored) -> Result<Verdict> {
        let actual = stored.version();
        if actual == Some(new) {
            return Ok(Verdict::Keep);
        }
        let live = matches!(stored, Stored::Live(_));
        let behind = actual.is_some_and(|actual| actual.sequence() >= new.sequence());
        let write = match self {
            // A creation that was overtaken by a deletion must not undo it when it is repeated.
            Self::Absent => !live && !behind,
            Self::Older if behind => return Ok(Verdict::Keep),
            Self::Any | Self::Older => true,
            Self::Version(expected) => actual == Some(expected),
        };
        if write {
            Ok(Verdict::Write)
        } else {
            Err(Error::from_conflict(Conflict::new(self, actual, live)))
        }
    }
}

/// Asks to store a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveRequest {
    /// Which cart.
    pub key: CartKey,
    /// What to store: a cart or a tombstone.
    pub record: CartRecord,
    /// What must be stored now.
    pub expect: Expect,
}

impl SaveRequest {
    /// Asks to store `record` under `key` if `expect` holds.
    pub const fn new(key: CartKey, record: CartRecord, expect: Expect) -> Self {
        Self {
            key,
            record,
            expect,
        }
    }
}

/// Asks to store two records as one: a cart under its new key, and a tombstone under the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The key that the cart leaves.
    pub from: CartKey,
    /// The version that the cart must have there.
    pub expect_from: Version,
    /// What stays there: a tombstone with a version of its own.
    pub tombstone: CartRecord,
    /// The key that the cart gets.
    pub to: CartKey,
    /// What must be stored there now.
    pub expect_to: Expect,
    /// What is stored there then: the cart as it was or merged, under a version of its own.
    pub record: CartRecord,
}

impl Rename {
    /// The rule of the contract's REN clauses, for stores that see both sides before they write.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] without a source, [`ErrorKind::Conflict`] when an expectation does
    /// not hold.
    pub fn judge(&self, from: &Stored, to: &Stored) -> Result<Verdict> {
        if self.from == self.to || to.version() == Some(self.record.header.version) {
            return Ok(Verdict::Keep);
        }
        match from {
            Stored::Live(record) if record.header.version == self.expect_from => {}
            Stored::Live(record) => {
                let expected = Expect::Version(self.expect_from);
                let actual = Some(record.header.version);
                return Err(Error::from_conflict(Conflict::new(expected, actual, true)));
            }
            Stored::Missing | Stored::Tombstone(_) => {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "there is no cart to rename: it was deleted, renamed or has expired",
                ));
            }
        }
        self.expect_to.judge(self.record.header.version, to)
    }
}

/// Asks for one page of a list of carts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanRequest {
    /// Only this tenant; all tenants without.
    pub tenant: Option<Tenant>,
    /// Only this class of owner.
    pub class: Option<OwnerClass>,
    /// Only this owner.
    pub owner: Option<Owner>,
    /// Only what was last written strictly before this moment.
    pub updated_before: Option<Timestamp>,
    /// Which records.
    pub select: Select,
    /// How much of each.
    pub detail: Detail,
    /// At most so many; a store gives no more than [`ScanRequest::MAX_LIMIT`] at once.
    pub limit: usize,
    /// Where to go on: what the page before gave.
    pub cursor: Option<Cursor>,
}

impl ScanRequest {
    /// The most that one page holds.
    pub const MAX_LIMIT: usize = 1_000;

    /// Asks for the live carts of all tenants, whole, in pages of `limit`.
    pub fn new(limit: usize) -> Self {
        Self {
            tenant: None,
            class: None,
            owner: None,
            updated_before: None,
            select: Select::Live,
            detail: Detail::Records,
            limit: limit.clamp(1, Self::MAX_LIMIT),
            cursor: None,
        }
    }

    /// The size of the page: the limit, within what is allowed.
    pub fn page_size(&self) -> usize {
        self.limit.clamp(1, Self::MAX_LIMIT)
    }

    /// Whether a stored record belongs to the list, expiry aside.
    pub fn selects(&self, key: &CartKey, record: &CartRecord) -> bool {
        let owner = key.owner();
        let header = &record.header;
        self.tenant
            .as_ref()
            .is_none_or(|tenant| owner.tenant() == tenant)
            && self
                .class
                .as_ref()
                .is_none_or(|class| owner.class() == class)
            && self.owner.as_ref().is_none_or(|only| owner == only)
            && self
                .updated_before
                .is_none_or(|before| header.updated_at < before)
            && match self.select {
                Select::Live => !record.is_tombstone(),
                Select::Marked => header.marked,
                Select::Tombstones => record.is_tombstone(),
            }
    }
}

/// Which records a scan is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Select {
    /// Carts.
    Live,
    /// Carts and tombstones that another store still has to hear of.
    Marked,
    /// Tombstones.
    Tombstones,
}

/// How much of each record a scan gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Detail {
    /// The header; the parts come empty.
    Headers,
    /// The whole record.
    Records,
}

/// One page of a list of carts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanPage {
    /// The carts.
    pub entries: Vec<ScanEntry>,
    /// Where to go on; `None` at the end. A page may be empty without being the last.
    pub next: Option<Cursor>,
}

/// One cart of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanEntry {
    /// Which cart.
    pub key: CartKey,
    /// Its record, as much of it as was asked for.
    pub record: CartRecord,
}

/// A backend's answer to a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The durability that the backend is set to now.
    pub durability: Durability,
    /// What the backend says of itself: product, version, mode. No secrets.
    pub description: String,
}

impl Health {
    /// A backend that answered.
    pub fn new(durability: Durability, description: impl Into<String>) -> Self {
        Self {
            durability,
            description: description.into(),
        }
    }
}
