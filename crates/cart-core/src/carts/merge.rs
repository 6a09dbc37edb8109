//! A guest turns out to be a user: their carts become the user's.

use std::sync::Arc;

use super::Carts;
use super::snapshot::CartSnapshot;
use super::transfer::{OnExisting, Transfer};
use crate::codec::{KeyedWrite, Ledger, MergeReceipt};
use crate::domain::{BuiltInStrategy, Cart, MergeReport, MergeStrategy};
use crate::storage::{Error, Instance, Owner, OwnerClass, Result};

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

    pub(super) fn note(&mut self, instance: Instance, transfer: Result<Transfer>) {
        match transfer {
            Ok(transfer) => self.done.push(MergedInstance { instance, transfer }),
            Err(error) => self.failed.push(FailedInstance { instance, error }),
        }
    }
}

/// What is merged into another cart.
#[derive(Debug)]
pub(super) struct Guest<'a> {
    /// Whose it was.
    pub(super) owner: &'a Owner,
    /// The cart, or the part of it that is given.
    pub(super) cart: &'a Cart,
    /// The idempotency keys of its writes.
    pub(super) keyed: Vec<KeyedWrite>,
    /// What makes a repeated merge harmless.
    pub(super) receipt: MergeReceipt,
}

impl Guest<'_> {
    /// What `target` becomes: the one rule for all merges, within a store and between two.
    pub(super) fn merged_into(
        self,
        target: &CartSnapshot,
        strategy: &dyn MergeStrategy,
    ) -> Result<(Cart, Ledger, MergeReport)> {
        let mut cart = target.cart()?.clone();
        let mut ledger = target.ledger()?;
        let limits = target.carts().limits();
        // The token of a guest is used up by the first login: what is there now came later.
        let is_late = *self.owner.class() == OwnerClass::Guest && ledger.has_merged(self.owner);
        let report = if !target.exists() {
            cart.merge_guest(self.cart, &BuiltInStrategy::AddQuantities, limits)?
        } else if is_late {
            cart.merge_late(self.cart, strategy, limits)?
        } else {
            cart.merge_guest(self.cart, strategy, limits)?
        };
        for write in self.keyed {
            if ledger.keyed.iter().all(|known| known.key != write.key) {
                ledger.note_keyed(write);
            }
        }
        ledger.note_merge(self.receipt);
        Ok((cart, ledger, report))
    }
}

/// The answer when there is no cart to give: a merge that was made before left its receipt.
pub(super) fn nothing_left(from: &Owner, target: &CartSnapshot) -> Result<Transfer> {
    Ok(if target.ledger()?.has_merged(from) {
        Transfer::AlreadyMerged
    } else {
        Transfer::Absent
    })
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
            let transfer = self.transfer(from, to, &instance, on_existing).await;
            transfers.note(instance, transfer);
        }
        Ok(transfers)
    }
}
