//! A guest turns out to be a user: their carts become the user's.

use std::sync::Arc;

use super::Carts;
use super::transfer::{OnExisting, Transfer};
use crate::domain::MergeStrategy;
use crate::storage::{Instance, Owner, Result};

/// What became of one of a guest's carts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergedInstance {
    /// Which of the carts.
    pub instance: Instance,
    /// What became of it.
    pub transfer: Transfer,
}

impl Carts {
    /// Merges all of `guest`'s carts into `user`'s, each instance into its own.
    ///
    /// Each cart is merged in one atomic write that also leaves a receipt, so the call can be made
    /// again after a crash or a lost reply, and by two logins at once: each cart is merged once.
    ///
    /// # Errors
    ///
    /// As [`Carts::transfer`], for the first cart that can't be merged: it and its counterpart are
    /// as they were. All others are merged; the next call reports them as merged before.
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::transfer`], cart by cart.
    pub async fn merge(
        &self,
        guest: &Owner,
        user: &Owner,
        strategy: Arc<dyn MergeStrategy>,
    ) -> Result<Vec<MergedInstance>> {
        self.transfer_all(guest, user, &OnExisting::Merge(strategy))
            .await
    }

    /// Gives all of `from`'s carts to `to`, each instance to its own.
    ///
    /// # Errors
    ///
    /// As [`Carts::transfer`], for the first cart that can't be given; all others are.
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::transfer`], cart by cart.
    pub async fn transfer_all(
        &self,
        from: &Owner,
        to: &Owner,
        on_existing: &OnExisting,
    ) -> Result<Vec<MergedInstance>> {
        // One cart that can't be given must not keep the others from their owner.
        let mut transfers = Vec::new();
        let mut failed = None;
        for instance in self.instances(from).await? {
            match self.transfer(from, to, &instance, on_existing).await {
                Ok(transfer) => transfers.push(MergedInstance { instance, transfer }),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(transfers), Err)
    }
}
