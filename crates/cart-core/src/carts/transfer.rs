//! A cart changes hands: from one owner to another, in one atomic step.

use std::sync::Arc;

use super::Carts;
use super::handle::CartHandle;
use super::merge::{Guest, nothing_left};
use super::snapshot::CartSnapshot;
use super::write::{Outcome, Patience, Write, check_at_home, expectation};
use crate::codec::{Ledger, MergeReceipt};
use crate::domain::{Event, MergeReport, MergeStrategy};
use crate::storage::{
    CartKey, CartRecord, Conflict, Error, ErrorKind, Expect, Instance, Owner, Rename, Result,
    RetryClass, Stored,
};

/// What happens to a cart that the new owner already has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OnExisting {
    /// Both become one.
    Merge(Arc<dyn MergeStrategy>),
    /// It stays, and the transfer is a conflict.
    Refuse,
    /// It is replaced.
    Replace,
}

/// What became of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transfer {
    /// There was no cart to give.
    Absent,
    /// It was merged before; nothing was changed now.
    AlreadyMerged,
    /// It was merged into the cart of the new owner.
    Merged(MergeReport),
    /// The new owner had none, and has it now.
    Moved,
    /// It took the place of the new owner's cart.
    Replaced,
    /// From an owner to itself: nothing happens.
    SameOwner,
}

impl Carts {
    /// Gives `from`'s cart `instance` to `to`.
    ///
    /// The cart moves with its items, conditions, metadata, claims and history, and its version
    /// moves forward. The old key keeps a tombstone, so that a writer who still holds the old
    /// version meets a conflict and never brings the cart back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when `to` has such a cart and `on_existing` refuses;
    /// [`ErrorKind::Domain`] when the carts can't be merged: both are then as they were;
    /// [`ErrorKind::Unsupported`] on a store that can't rename; what the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the transfer is made wholly or not at all, where the store
    /// declares atomic renames. Making it again is safe: a merge is made once.
    pub async fn transfer(
        &self,
        from: &Owner,
        to: &Owner,
        instance: &Instance,
        on_existing: &OnExisting,
    ) -> Result<Transfer> {
        if from == to {
            return Ok(Transfer::SameOwner);
        }
        let from = self.cart_of(CartKey::new(from.clone(), instance.clone()));
        let to = self.cart_of(CartKey::new(to.clone(), instance.clone()));
        // In the order of their keys: two transfers across each other must not wait for ever.
        let (first, second) = if from.key() < to.key() {
            (&from, &to)
        } else {
            (&to, &from)
        };
        let transfer = async {
            let _first = first.turn().await?;
            let _second = second.turn().await?;
            self.transfer_in_turn(&from, &to, on_existing).await
        };
        transfer.await.map_err(|error| self.failed(error))
    }

    async fn transfer_in_turn(
        &self,
        from: &CartHandle,
        to: &CartHandle,
        on_existing: &OnExisting,
    ) -> Result<Transfer> {
        let mut patience = Patience::new(self);
        loop {
            let source = from.load().await?;
            let target = to.load().await?;
            check_at_home(source.stored())?;
            check_at_home(target.stored())?;
            let Stored::Live(record) = source.stored() else {
                return match on_existing {
                    OnExisting::Merge(_) => nothing_left(from.key().owner(), &target),
                    OnExisting::Refuse | OnExisting::Replace => Ok(Transfer::Absent),
                };
            };
            check_not_handed_over(&source)?;
            let expect_from = record.header.version;
            // The cart lives on under the new key: kept here, a restore would double it.
            let tombstone = self.tombstone(record, None)?;
            let (record, transfer) = self.transferred(&source, record, &target, on_existing)?;
            let rename = Rename {
                from: from.key().clone(),
                expect_from,
                tombstone,
                to: to.key().clone(),
                expect_to: expectation(target.stored()),
                record,
            };
            match self
                .commit(Write::Rename(&rename), None, &mut patience)
                .await
            {
                Ok(Outcome::Written) => {
                    self.announce_transfer(&rename, &target, &transfer);
                    return Ok(transfer);
                }
                // The source was deleted or given away just now: look again.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(Outcome::Overtaken {
                    conflict: error, ..
                })
                | Err(error) => {
                    if !patience.wait(self).await {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// What the new owner's cart becomes.
    fn transferred(
        &self,
        source: &CartSnapshot,
        record: &CartRecord,
        target: &CartSnapshot,
        on_existing: &OnExisting,
    ) -> Result<(CartRecord, Transfer)> {
        let version = self.version_after(&[source.stored(), target.stored()])?;
        let source_ledger = source.ledger()?;
        // What was written under the old key says nothing of the writes under this one.
        let mut ledger = Ledger {
            writes: target.ledger()?.writes,
            ..source_ledger.clone()
        };
        if let Stored::Tombstone(deleted) = target.stored() {
            ledger.note_write(*deleted);
        }
        let moved = |ledger| self.moved(target.key(), record, source.cart()?, ledger, version);
        match on_existing {
            OnExisting::Refuse if target.exists() => Err(refused(target.stored())),
            OnExisting::Merge(strategy) if target.exists() => {
                let guest = Guest {
                    owner: source.key().owner(),
                    cart: source.cart()?,
                    keyed: source_ledger.keyed,
                    receipt: receipt(source, record),
                };
                let (cart, ledger, report) = guest.merged_into(target, &**strategy)?;
                let merged = target.next_record(&cart, ledger, version, None)?;
                Ok((merged, Transfer::Merged(report)))
            }
            OnExisting::Merge(_) => {
                ledger.note_merge(receipt(source, record));
                Ok((moved(ledger)?, Transfer::Moved))
            }
            OnExisting::Refuse => Ok((moved(ledger)?, Transfer::Moved)),
            OnExisting::Replace => {
                let transfer = if target.exists() {
                    Transfer::Replaced
                } else {
                    Transfer::Moved
                };
                Ok((moved(ledger)?, transfer))
            }
        }
    }

    fn announce_transfer(&self, rename: &Rename, target: &CartSnapshot, transfer: &Transfer) {
        let events = match transfer {
            Transfer::Merged(report) => vec![Event::CartMerged {
                report: report.clone(),
            }],
            _ => Vec::new(),
        };
        let events = target.framed(events, &rename.record);
        self.announce(
            &rename.from,
            &rename.tombstone.header,
            &[Event::CartForgotten],
        );
        self.announce(&rename.to, &rename.record.header, &events);
    }
}

/// Refuses a cart that is on its way to a cart in another store, and may be there already.
fn check_not_handed_over(source: &CartSnapshot) -> Result<()> {
    if source.ledger()?.hand_over.is_none() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Busy,
        "a login that was interrupted has not taken all of the cart to another store: log in again",
    )
    .with_retry_class(RetryClass::NotApplied))
}

fn receipt(source: &CartSnapshot, record: &CartRecord) -> MergeReceipt {
    MergeReceipt {
        from: source.key().owner().fingerprint().to_string(),
        version: record.header.version,
        at: record.header.updated_at,
    }
}

/// The conflict of a transfer to an owner who has such a cart already.
fn refused(current: &Stored) -> Error {
    let mut conflict = Conflict::new(Expect::Absent, current.version(), true);
    if let Stored::Live(record) = current {
        conflict.attach(record.clone());
    }
    Error::new(
        ErrorKind::Conflict,
        "the new owner has such a cart already: replace it, or merge both",
    )
    .with_conflict(conflict)
}
