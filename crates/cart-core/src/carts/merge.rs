//! A guest turns out to be a user: their carts become the user's.

use std::sync::Arc;

use super::Carts;
use super::transfer::{OnExisting, Transfer};
use crate::domain::MergeStrategy;
use crate::storage::{Error, Instance, Owner, Result};

/// What became of one of an owner's carts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergedInstance {
    /// Which of the carts.
    pub instance: Instance,
    /// What became of it.
    pub transfer: Transfer,
}

/// One of an owner's carts that couldn't be given, and why: it and its counterpart are as they were.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedInstance {
    /// Which of the carts.
    pub instance: Instance,
    /// Why.
    pub error: Error,
}

/// What became of all of an owner's carts.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Transfers {
    /// Those that were given.
    pub done: Vec<MergedInstance>,
    /// Those that couldn't be; the call can be made again for them.
    pub failed: Vec<FailedInstance>,
}

impl Transfers {
    /// Those that were given, if all were.
    ///
    /// # Errors
    ///
    /// Why the first one couldn't be given.
    pub fn all_done(self) -> Result<Vec<MergedInstance>> {
        match self.failed.into_iter().next() {
            Some(failed) => Err(failed.error),
            None => Ok(self.done),
        }
    }
}

impl Carts {
    /// Merges all of `guest`'s carts into `user`'s, each instance into its own.
    ///
    /// Each cart is merged in one atomic write that also leaves a receipt, so the call can be made
    /// again after a crash or a lost reply, and by two logins at once: each cart is merged once.
    ///
    /// # Errors
    ///
    /// What the store answers when it is asked for the guest's carts. One that can't be merged keeps
    /// no other from it: see [`Transfers`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::transfer`], cart by cart.
    pub async fn merge(
        &self,
        guest: &Owner,
        user: &Owner,
        strategy: Arc<dyn MergeStrategy>,
    ) -> Result<Transfers> {
        self.transfer_all(guest, user, &OnExisting::Merge(strategy))
            .await
    }

    /// Gives all of `from`'s carts to `to`, each instance to its own.
    ///
    /// # Errors
    ///
    /// As [`Carts::merge`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::transfer`], cart by cart.
    pub async fn transfer_all(
        &self,
        from: &Owner,
        to: &Owner,
        on_existing: &OnExisting,
    ) -> Result<Transfers> {
        let mut transfers = Transfers::default();
        for instance in self.instances(from).await? {
            match self.transfer(from, to, &instance, on_existing).await {
                Ok(transfer) => transfers.done.push(MergedInstance { instance, transfer }),
                Err(error) => transfers.failed.push(FailedInstance { instance, error }),
            }
        }
        Ok(transfers)
    }
}
