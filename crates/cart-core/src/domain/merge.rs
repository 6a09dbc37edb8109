//! What becomes of a guest's cart when the guest turns out to be a user who has one too.

use std::fmt::Debug;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::claim::Claim;
use super::error::{DomainError, shortened};
use super::event::Event;
use super::item::Item;
use super::limits::Limits;
use super::money::{overflow, same_currency};

/// Decides what a guest's cart and a user's cart become together.
pub trait MergeStrategy: Debug + Send + Sync {
    /// The name that configurations call it by.
    fn name(&self) -> &str;

    /// The merged cart and what became of the items. The same carts must give the same answer,
    /// since a merge may be repeated after a crash.
    ///
    /// # Errors
    ///
    /// Whatever forbids the merge; both carts then stay as they are.
    fn merge(&self, guest: &Cart, user: &Cart, limits: &Limits) -> Result<Merged, DomainError>;

    /// As [`MergeStrategy::merge`], for what a guest has put into the cart, in another tab, while or
    /// after the guest's cart was merged into this one.
    ///
    /// The built-in strategies add it, whatever they do at first: what came late replaces nothing
    /// and is not discarded. Custom ones merge again, unless they say otherwise.
    ///
    /// # Errors
    ///
    /// As [`MergeStrategy::merge`].
    fn merge_late(
        &self,
        guest: &Cart,
        user: &Cart,
        limits: &Limits,
    ) -> Result<Merged, DomainError> {
        self.merge(guest, user, limits)
    }
}

/// A merged cart, and what became of the items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The merged cart.
    pub cart: Cart,
    /// What became of the items.
    pub report: MergeReport,
}

/// What became of the items in a merge, by item id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MergeReport {
    /// The guest's lines that are in the merged cart.
    pub merged: Vec<String>,
    /// The lines of which a limit left fewer units than the strategy wanted.
    pub clamped: Vec<ClampedLine>,
    /// The lines that were discarded.
    pub dropped: Vec<String>,
    /// The lines that both carts had.
    pub in_both: Vec<String>,
}

/// A line of which a limit left fewer units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClampedLine {
    /// The item.
    pub item_id: String,
    /// The units that the strategy wanted.
    pub wanted: u64,
    /// The units that are in the merged cart.
    pub kept: u64,
}

/// The strategies that come with the library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BuiltInStrategy {
    /// Quantities of lines that both have are added. The default.
    #[default]
    AddQuantities,
    /// Lines that both have get the higher quantity.
    KeepHighest,
    /// The guest's cart is discarded.
    KeepUser,
    /// The user's cart is discarded.
    ReplaceWithGuest,
}

impl FromStr for BuiltInStrategy {
    type Err = DomainError;

    fn from_str(name: &str) -> Result<Self, DomainError> {
        [
            Self::AddQuantities,
            Self::KeepHighest,
            Self::KeepUser,
            Self::ReplaceWithGuest,
        ]
        .into_iter()
        .find(|strategy| strategy.name() == name)
        .ok_or_else(|| DomainError::UnknownStrategy {
            name: shortened(name),
        })
    }
}

impl MergeStrategy for BuiltInStrategy {
    fn name(&self) -> &'static str {
        match self {
            Self::AddQuantities => "add_quantities",
            Self::KeepHighest => "keep_highest",
            Self::KeepUser => "keep_user",
            Self::ReplaceWithGuest => "replace_with_guest",
        }
    }

    fn merge(&self, guest: &Cart, user: &Cart, limits: &Limits) -> Result<Merged, DomainError> {
        match self {
            Self::AddQuantities => unite(guest, user, limits, u64::checked_add),
            Self::KeepHighest => unite(guest, user, limits, |user, guest| Some(user.max(guest))),
            Self::KeepUser => Ok(discard(guest, user)),
            Self::ReplaceWithGuest => {
                let Merged {
                    mut cart,
                    mut report,
                } = discard(user, guest);
                report.merged = ids(guest.items.iter());
                for line in guest.items.iter() {
                    cart.items
                        .put(clamped(line.clone(), limits, &mut report)?)?;
                }
                Ok(Merged { cart, report })
            }
        }
    }

    fn merge_late(
        &self,
        guest: &Cart,
        user: &Cart,
        limits: &Limits,
    ) -> Result<Merged, DomainError> {
        Self::AddQuantities.merge(guest, user, limits)
    }
}

impl Cart {
    /// Merges a guest's cart into this one, and reports what became of the items.
    ///
    /// # Errors
    ///
    /// What the strategy refuses; this cart then stays as it is. The built-in ones refuse carts in
    /// two currencies and quantities that overflow.
    pub fn merge_guest(
        &mut self,
        guest: &Self,
        strategy: &dyn MergeStrategy,
        limits: &Limits,
    ) -> Result<MergeReport, DomainError> {
        Ok(self.become_merged(strategy.merge(guest, self, limits)?))
    }

    /// As [`Cart::merge_guest`], for what came into the guest's cart after it was merged.
    ///
    /// # Errors
    ///
    /// As [`Cart::merge_guest`].
    pub fn merge_late(
        &mut self,
        guest: &Self,
        strategy: &dyn MergeStrategy,
        limits: &Limits,
    ) -> Result<MergeReport, DomainError> {
        Ok(self.become_merged(strategy.merge_late(guest, self, limits)?))
    }

    fn become_merged(&mut self, Merged { cart, report }: Merged) -> MergeReport {
        self.items = cart.items;
        self.conditions = cart.conditions;
        self.metadata = cart.metadata;
        self.claims = cart.claims;
        self.events.push(Event::CartMerged {
            report: report.clone(),
        });
        report
    }
}

/// Both carts in one: the user's lines, then the guest's new ones. Where both have something, the
/// user's wins, but for the quantity, which `combine` makes of the user's and the guest's.
fn unite(
    guest: &Cart,
    user: &Cart,
    limits: &Limits,
    combine: impl Fn(u64, u64) -> Option<u64>,
) -> Result<Merged, DomainError> {
    if let (Some(user), Some(guest)) = (user.currency(), guest.currency()) {
        same_currency(user, guest)?;
    }
    let mut cart = Cart {
        events: Vec::new(),
        ..user.clone()
    };
    let mut report = MergeReport::default();
    for theirs in guest.items.iter() {
        let line = match user.items.get(theirs.id()) {
            None => theirs.clone(),
            Some(line) => {
                report.in_both.push(theirs.id().to_owned());
                let quantity = combine(line.quantity(), theirs.quantity());
                let quantity = quantity.ok_or_else(|| overflow("quantity"))?;
                line.adopting(theirs).with_quantity(quantity)?
            }
        };
        report.merged.push(line.id().to_owned());
        cart.items.put(clamped(line, limits, &mut report)?)?;
    }
    cart.conditions.adopt(&guest.conditions);
    for (key, value) in guest.metadata.iter() {
        if cart.metadata.get(key).is_none() {
            cart.metadata.insert(key, value.clone());
        }
    }
    adopt_claims(&mut cart.claims, guest.claims.iter().cloned());
    Ok(Merged { cart, report })
}

fn clamped(line: Item, limits: &Limits, report: &mut MergeReport) -> Result<Item, DomainError> {
    let (wanted, kept) = (
        line.quantity(),
        line.quantity().min(limits.units_per_line.max(1)),
    );
    if kept < wanted {
        report.clamped.push(ClampedLine {
            item_id: line.id().to_owned(),
            wanted,
            kept,
        });
    }
    line.with_quantity(kept)
}

/// The `kept` cart as it is. Of the other one only the claims stay, so that a payment in flight
/// finds its own, but they no longer take any item.
fn discard(discarded: &Cart, kept: &Cart) -> Merged {
    let mut cart = Cart {
        events: Vec::new(),
        ..kept.clone()
    };
    adopt_claims(
        &mut cart.claims,
        discarded.claims.iter().cloned().map(Claim::without_lines),
    );
    let shared = kept
        .items
        .iter()
        .filter(|item| discarded.items.get(item.id()).is_some());
    let report = MergeReport {
        dropped: ids(discarded.items.iter()),
        in_both: ids(shared),
        ..MergeReport::default()
    };
    Merged { cart, report }
}

fn ids<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<String> {
    items.map(|item| item.id().to_owned()).collect()
}

fn adopt_claims(claims: &mut Vec<Claim>, others: impl Iterator<Item = Claim>) {
    for other in others {
        if claims.iter().all(|claim| claim.id() != other.id()) {
            claims.push(other);
        }
    }
}
