//! Giving a cart another key: one script where both keys are on one server, and steps that any
//! client can finish where they aren't.

mod across;
mod atomic;
mod patience;
mod settle;
mod steps;

use cart_core::{Error, ErrorKind, Rename, RetryClass};

use crate::failure::Failure;
use crate::store::{CacheCartStore, check_size};

pub(crate) use patience::Patience;

/// How often a read looks anew at a cart that others rename over and over.
pub(crate) const LOOKS: usize = 16;

impl CacheCartStore {
    pub(crate) async fn try_rename(&self, rename: &Rename) -> Result<(), Failure> {
        check_size(&rename.record)?;
        check_size(&rename.tombstone)?;
        if rename.from == rename.to {
            return Ok(());
        }
        let [from, to] = [&rename.from, &rename.to].map(|key| self.place(key));
        if !self.servers().is_cluster() || from.slot == to.slot {
            self.rename_at_once(rename, &from, &to).await
        } else {
            self.rename_across(rename, &from, &to).await
        }
    }

    /// The patience of one call with renames that others are in the middle of.
    pub(crate) fn patience(&self) -> Patience {
        Patience::of(self.servers().timeout())
    }
}

/// The failure of a call that others were always quicker than.
pub(crate) fn busy() -> Failure {
    let error = Error::new(
        ErrorKind::Busy,
        "the cart is being renamed by others over and over: try again in a moment",
    );
    error.with_retry_class(RetryClass::NotApplied).into()
}
