//! All that one owner gets.

use std::collections::{BTreeSet, HashMap};

use cart_core::{Carts, Error, ErrorKind, Instance, OnExisting, Owner, Result, Transfer};

use super::owners::Gift;
use crate::shop::Shop;

/// The lines that give to one owner, in the order of the file: what comes first may be in the way
/// of the others.
#[derive(Debug)]
pub(super) struct Group {
    to: Owner,
    gifts: Vec<(Owner, Gift)>,
}

/// What became of the carts of a line.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) gift: Gift,
    pub(super) outcomes: Vec<(Instance, Outcome)>,
}

/// What became of one cart.
#[derive(Debug)]
pub(super) enum Outcome {
    Failed(Error),
    InTheWay,
    Merged,
    Moved,
    /// There was none, or it was given before.
    Nothing,
    Replaced,
}

impl Group {
    /// The gifts by who gets them, in the tenant of the shop.
    pub(super) fn of_receivers(gifts: Vec<Gift>, shop: &Shop) -> Vec<Self> {
        let mut places = HashMap::new();
        let mut groups: Vec<Self> = Vec::new();
        for gift in gifts {
            let (from, to) = (shop.owner(&gift.from), shop.owner(&gift.to));
            let place = *places.entry(to.clone()).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.gifts.push((from, gift)),
                None => groups.push(Self {
                    to,
                    gifts: vec![(from, gift)],
                }),
            }
        }
        groups
    }

    /// Gives the carts. One that can't be given keeps no other from it; a store that fails does.
    pub(super) async fn give(
        self,
        carts: &Carts,
        only: Option<&Instance>,
        on_existing: &OnExisting,
    ) -> Result<Vec<Done>> {
        let mut group = Vec::new();
        for (from, gift) in self.gifts {
            let mut outcomes = Vec::new();
            for instance in instances(carts, &from, only).await? {
                let transfer = carts.transfer(&from, &self.to, &instance, on_existing);
                let outcome = outcome(transfer.await)?;
                outcomes.push((instance, outcome));
            }
            group.push(Done { gift, outcomes });
        }
        Ok(group)
    }

    /// What would become of the carts, by who has which now.
    pub(super) async fn foresee(
        self,
        carts: &Carts,
        only: Option<&Instance>,
        on_existing: &OnExisting,
    ) -> Result<Vec<Done>> {
        let there = instances(carts, &self.to, only).await?;
        let mut there: BTreeSet<Instance> = there.into_iter().collect();
        let mut group = Vec::new();
        for (from, gift) in self.gifts {
            let mut outcomes = Vec::new();
            for instance in instances(carts, &from, only).await? {
                let outcome = if from == self.to {
                    Outcome::Nothing
                } else if there.insert(instance.clone()) {
                    Outcome::Moved
                } else {
                    match on_existing {
                        OnExisting::Merge(_) => Outcome::Merged,
                        OnExisting::Replace => Outcome::Replaced,
                        _ => Outcome::InTheWay,
                    }
                };
                outcomes.push((instance, outcome));
            }
            group.push(Done { gift, outcomes });
        }
        Ok(group)
    }
}

/// Which carts an owner has to give.
async fn instances(carts: &Carts, owner: &Owner, only: Option<&Instance>) -> Result<Vec<Instance>> {
    let mut instances = carts.instances(owner).await?;
    instances.retain(|instance| only.is_none_or(|only| only == instance));
    Ok(instances)
}

/// What became of a cart, unless it is the store that failed: then it fails for all others, too.
fn outcome(transfer: Result<Transfer>) -> Result<Outcome> {
    Ok(match transfer {
        Ok(Transfer::Moved) => Outcome::Moved,
        Ok(Transfer::Merged(_)) => Outcome::Merged,
        Ok(Transfer::Replaced) => Outcome::Replaced,
        Ok(_) => Outcome::Nothing,
        Err(error) => match error.kind() {
            ErrorKind::Conflict => Outcome::InTheWay,
            ErrorKind::Busy
            | ErrorKind::Corrupt
            | ErrorKind::Domain
            | ErrorKind::NewerFormat
            | ErrorKind::Overflow
            | ErrorKind::TooLarge => Outcome::Failed(error),
            _ => return Err(error),
        },
    })
}
