//! What the suite needs of whoever wants a store tested.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};

/// Starts stores for the suite.
///
/// Every case gets a store of its own: empty, isolated from all others (a table, a prefix, a
/// folder), and cleaned up when its [`Fixture`] is dropped. Cases run at the same time.
#[async_trait]
pub trait Harness: Send + Sync + 'static {
    /// The store's name in the names of tests and in reports.
    fn name(&self) -> &str;

    /// Starts an empty store that tells the time by `clock`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from starting: it fails the case.
    ///
    /// # Cancel safety
    ///
    /// The suite drops the future only when the case's time is up.
    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError>;
}

/// A started store, and what can be done to it from outside.
///
/// Only [`Fixture::store`] is a must. A power that is left out skips the cases that need it, and
/// the report says so.
///
/// # Cancel safety
///
/// The suite drops a future only when the case's time is up.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn CartStore>;

    /// Opens the same store once more, as another process would; where a store is bound to one
    /// process, as another part of the program would.
    ///
    /// # Errors
    ///
    /// [`HarnessError::Lacking`] when the harness can't, any other error when it failed.
    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Err(HarnessError::lacking("the harness opens no second handle"))
    }

    /// Damages what is stored under `key`, behind the store's back.
    ///
    /// # Errors
    ///
    /// As [`Fixture::second_handle`].
    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let _ = (key, damage);
        Err(HarnessError::lacking("the harness damages no records"))
    }

    /// Ends the backend without warning, starts it again, and opens the store: the harshest end
    /// that the declared durability must survive, such as `kill -9` of a server.
    ///
    /// # Errors
    ///
    /// As [`Fixture::second_handle`].
    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Err(HarnessError::lacking("the harness restarts no backend"))
    }

    /// Stops the backend for good, while the handles to it stay.
    ///
    /// # Errors
    ///
    /// As [`Fixture::second_handle`].
    async fn stop(&self) -> Result<(), HarnessError> {
        Err(HarnessError::lacking("the harness stops no backend"))
    }
}

/// A store in a variable is a fixture without further powers.
#[async_trait]
impl<S: CartStore> Fixture for Arc<S> {
    fn store(&self) -> Arc<dyn CartStore> {
        Self::clone(self)
    }
}

/// What happens to a stored record behind the store's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Damage {
    /// A part is empty: no text at all.
    Emptied,
    /// A part holds something that is no JSON.
    Garbled,
    /// A part lacks its end.
    Truncated,
}

impl Damage {
    /// All kinds of damage.
    pub const ALL: [Self; 3] = [Self::Emptied, Self::Garbled, Self::Truncated];

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emptied => "emptied",
            Self::Garbled => "garbled",
            Self::Truncated => "truncated",
        }
    }

    /// What becomes of the text of a part.
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::Emptied => String::new(),
            Self::Garbled => format!("\u{1}{text}"),
            Self::Truncated => {
                let mut rest = text.to_owned();
                rest.pop();
                rest
            }
        }
    }
}

/// Why a harness didn't do what it was asked for.
pub enum HarnessError {
    /// It can't, for the reason given: the case is skipped.
    Lacking(&'static str),
    /// It failed: so does the case.
    Failed(Box<dyn StdError + Send + Sync>),
}

impl HarnessError {
    /// The answer of a harness that can't do this, and why.
    pub const fn lacking(reason: &'static str) -> Self {
        Self::Lacking(reason)
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for HarnessError {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl fmt::Debug for HarnessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for HarnessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacking(reason) => formatter.write_str(reason),
            Self::Failed(error) => write!(formatter, "{error}"),
        }
    }
}
