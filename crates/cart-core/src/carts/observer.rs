//! Who hears of what was done.

use std::fmt::Debug;

use crate::domain::Event;
use crate::storage::{CartKey, Version};
use crate::time::Timestamp;

/// Hears of edits, after the store has acknowledged them and never before.
///
/// An observer is called in the task that made the edit: it should hand the notice on and return.
/// A notice is given at most once; whoever must not miss one reads the carts.
pub trait Observer: Debug + Send + Sync + 'static {
    /// An edit was acknowledged.
    fn notice(&self, notice: &Notice<'_>);
}

/// What an [`Observer`] hears of one edit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Notice<'a> {
    /// Which cart.
    pub key: &'a CartKey,
    /// The version of the write.
    pub version: Version,
    /// When it was made.
    pub at: Timestamp,
    /// What happened, in the order in which it happened.
    pub events: &'a [Event],
}
