//! What can go wrong.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::conflict::Conflict;
use super::owner::InvalidKey;
use super::version::InvalidVersion;
use crate::domain::DomainError;

/// The result of whatever touches a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and whether trying again can help.
///
/// Act upon [`Error::kind`] and [`Error::retry_class`], never on the text. The text says what to
/// do; it holds no identifier, no content of a cart and no secret.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    retry_class: RetryClass,
    message: Cow<'static, str>,
    operation: Option<Operation>,
    store: Option<Arc<str>>,
    conflict: Option<Conflict>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store is there and too busy to answer in time.
    Busy,
    /// The stored version is not the expected one.
    Conflict,
    /// What is stored can't be read. The bytes are left as they are.
    Corrupt,
    /// The store refuses this user: a wrong password, a missing right.
    Denied,
    /// The edit breaks a rule of the domain; [`Error::domain`] says which.
    Domain,
    /// The store has no room left.
    Full,
    /// Input that means nothing: a key, a version, a cursor, a setting.
    Invalid,
    /// What is stored was written by a newer release. The bytes are left as they are.
    NewerFormat,
    /// What the operation is about is not there.
    NotFound,
    /// A number has grown beyond what can be told.
    Overflow,
    /// The store can be read and not written.
    ReadOnly,
    /// The record is larger than allowed.
    TooLarge,
    /// The store can't be reached, or the connection broke.
    Unavailable,
    /// The store answered something that it should not; most likely a mistake in the store.
    Unexpected,
    /// The store is not set up for carts: no schema, another schema, not a database.
    Unprepared,
    /// The store does not have this power; its [`Capabilities`](crate::Capabilities) say so.
    Unsupported,
}

impl ErrorKind {
    /// The name, as logs and metrics carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Conflict => "conflict",
            Self::Corrupt => "corrupt",
            Self::Denied => "denied",
            Self::Domain => "domain",
            Self::Full => "full",
            Self::Invalid => "invalid",
            Self::NewerFormat => "newer_format",
            Self::NotFound => "not_found",
            Self::Overflow => "overflow",
            Self::ReadOnly => "read_only",
            Self::TooLarge => "too_large",
            Self::Unavailable => "unavailable",
            Self::Unexpected => "unexpected",
            Self::Unprepared => "unprepared",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Whether the same call can help, made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryClass {
    /// Nothing was changed, and the same call may work in a moment.
    NotApplied,
    /// The change may have been made. Making it again with the same version is safe.
    OutcomeUnknown,
    /// The same call fails again.
    Permanent,
}

impl RetryClass {
    /// The name, as logs and metrics carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplied => "not_applied",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Permanent => "permanent",
        }
    }
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// An edit of a cart: load, change, save.
    Edit,
    /// `CartStore::instances`.
    Instances,
    /// `CartStore::load`.
    Load,
    /// `CartStore::lock`, and the save under the lock.
    Lock,
    /// Opening the store.
    Open,
    /// `CartStore::ping`.
    Ping,
    /// `CartStore::rename`.
    Rename,
    /// `CartStore::save`.
    Save,
    /// `CartStore::save_many`.
    SaveMany,
    /// `CartStore::scan`.
    Scan,
    /// Removing what has expired.
    Sweep,
    /// `CartStore::unmark`.
    Unmark,
}

impl Operation {
    /// The name, as logs and metrics carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Instances => "instances",
            Self::Load => "load",
            Self::Lock => "lock",
            Self::Open => "open",
            Self::Ping => "ping",
            Self::Rename => "rename",
            Self::Save => "save",
            Self::SaveMany => "save_many",
            Self::Scan => "scan",
            Self::Sweep => "sweep",
            Self::Unmark => "unmark",
        }
    }
}

impl Error {
    /// An error of this kind that the same call would meet again.
    ///
    /// `message` says what to do, without identifiers, content or secrets.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry_class: RetryClass::Permanent,
            message: message.into(),
            operation: None,
            store: None,
            conflict: None,
            source: None,
        }))
    }

    /// The answer to a write whose expectation does not hold.
    pub fn from_conflict(conflict: Conflict) -> Self {
        Self::new(
            ErrorKind::Conflict,
            "the cart was changed by someone else: reload it",
        )
        .with_conflict(conflict)
    }

    /// The answer to a call for a power that the store does not have.
    pub fn unsupported(operation: Operation) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            "this store can't do that: see its capabilities",
        )
        .during(operation)
    }

    pub(crate) fn with_conflict(mut self, conflict: Conflict) -> Self {
        self.0.conflict = Some(conflict);
        self
    }

    /// The same error with another retry class.
    #[must_use]
    pub fn with_retry_class(mut self, retry_class: RetryClass) -> Self {
        self.0.retry_class = retry_class;
        self
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error, with what was being done, unless that was told before.
    #[must_use]
    pub fn during(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// The same error, with the name of the store, unless that was told before.
    #[must_use]
    pub fn in_store(mut self, store: &Arc<str>) -> Self {
        self.0.store.get_or_insert_with(|| Arc::clone(store));
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether trying again can help.
    pub fn retry_class(&self) -> RetryClass {
        self.0.retry_class
    }

    /// What was being done.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// The name of the store.
    pub fn store(&self) -> Option<&str> {
        self.0.store.as_deref()
    }

    /// What was expected and what was found, when the kind is [`ErrorKind::Conflict`].
    pub fn conflict(&self) -> Option<&Conflict> {
        self.0.conflict.as_ref()
    }

    pub(crate) fn conflict_mut(&mut self) -> Option<&mut Conflict> {
        self.0.conflict.as_mut()
    }

    /// The rule that the edit breaks, when the kind is [`ErrorKind::Domain`].
    pub fn domain(&self) -> Option<&DomainError> {
        self.0.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.kind.as_str())?;
        if let Some(operation) = self.0.operation {
            write!(formatter, " in {}", operation.as_str())?;
        }
        if let Some(store) = &self.0.store {
            write!(formatter, " on {store}")?;
        }
        write!(formatter, ": {}", self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<DomainError> for Error {
    fn from(error: DomainError) -> Self {
        Self::new(ErrorKind::Domain, error.to_string()).with_source(error)
    }
}

impl From<InvalidKey> for Error {
    fn from(error: InvalidKey) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string()).with_source(error)
    }
}

impl From<InvalidVersion> for Error {
    fn from(error: InvalidVersion) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string()).with_source(error)
    }
}
