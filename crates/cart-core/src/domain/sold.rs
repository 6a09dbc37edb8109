//! What is sold of a part of a cart while it is on its way to another cart.

use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::claim::{Claim, ClaimState};
use super::item::Item;
use super::share::Share;

/// Units of a share that were paid for before the share left its cart. If the other cart has taken
/// them by then, they leave it too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sold(Vec<SoldLine>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SoldLine {
    claim: String,
    item_id: String,
    quantity: u64,
}

impl Sold {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes what an edit that makes `after` of `before` has sold of `share`: nothing, unless it
    /// settles a claim.
    pub(crate) fn note(&mut self, share: &Share, before: &Cart, after: &Cart) {
        let is_settled = |claim: &&Claim| matches!(claim.state, ClaimState::Settled { .. });
        let settled = after.claims.iter().filter(is_settled);
        for claim in settled.filter(|claim| !before.claims.contains(claim)) {
            for line in &claim.lines {
                let left = after.items.get(&line.item_id).map_or(0, Item::quantity);
                let taken_out = share.units(&line.item_id).saturating_sub(left);
                let quantity = taken_out.min(line.quantity);
                if quantity > 0 {
                    self.0.push(SoldLine {
                        claim: claim.id.clone(),
                        item_id: line.item_id.clone(),
                        quantity,
                    });
                }
            }
        }
    }

    /// How many units of a line were sold by a claim.
    pub(super) fn units(&self, claim: &str, item_id: &str) -> u64 {
        let its = |line: &&SoldLine| line.claim == claim && line.item_id == item_id;
        self.0.iter().filter(its).map(|line| line.quantity).sum()
    }
}
