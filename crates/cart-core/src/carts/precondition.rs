//! What an edit demands of the cart before it is made.

use super::snapshot::CartSnapshot;
use crate::storage::{Conflict, Error, Expect, Result, Stored, Version};

/// What an edit demands of the cart before it is made; see
/// [`CartHandle::edit_if`](super::CartHandle::edit_if).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// That it is there, whatever its version.
    Exists,
    /// Nothing.
    #[default]
    None,
    /// That it has one of these versions.
    OneOf(Vec<Version>),
}

impl Precondition {
    /// Whether the cart is as demanded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict), with the cart attached, when it isn't.
    pub(super) fn check(&self, snapshot: &CartSnapshot) -> Result<()> {
        let version = snapshot.version();
        let (holds, expected) = match self {
            Self::None => return Ok(()),
            Self::Exists => (version.is_some(), Expect::Any),
            Self::OneOf(versions) => (
                version.is_some_and(|version| versions.contains(&version)),
                versions
                    .last()
                    .map_or(Expect::Any, |last| Expect::Version(*last)),
            ),
        };
        if holds {
            return Ok(());
        }
        let stored = snapshot.stored();
        let mut conflict = Conflict::new(expected, stored.version(), snapshot.exists());
        if let Stored::Live(record) = stored {
            conflict.attach(record.clone());
        }
        Err(Error::from_conflict(conflict))
    }
}
