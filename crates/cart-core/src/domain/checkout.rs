//! Checkout: a claim on what the cart holds, while the shopper pays.
//!
//! A claim takes nothing out of the cart, and edits go on beside it. Settling it subtracts exactly
//! what was claimed, so what was added meanwhile stays; aborting it, or its expiry, leaves the
//! cart as it is. Conditions and metadata stay in every case: the application clears them when its
//! order is done.

use super::cart::Cart;
use super::claim::{Claim, ClaimState, ClaimedLine, ClaimedVersion};
use super::error::{DomainError, Field, check_name, shortened};
use super::json_map::JsonMap;
use super::money::{Currency, Money};
use super::sold::Sold;
use super::totals::Pricing;
use crate::time::Timestamp;

/// How many claims that were closed are remembered, so that a repeated call gets its answer again.
const REMEMBERED: usize = 8;

/// What a claim is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRequest {
    /// An id of the application's choice, for example that of the payment. Asking again with the
    /// same id gives the same claim.
    pub id: String,
    /// From when on the claim no longer counts.
    pub expires_at: Timestamp,
    /// The version of the cart that is claimed.
    pub version: ClaimedVersion,
}

/// What settling a claim did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum SettleOutcome {
    /// It was settled before; the cart didn't change.
    AlreadySettled(Claim),
    /// What was claimed left the cart.
    Settled(Claim),
}

/// What aborting a claim did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum AbortOutcome {
    /// It is aborted now.
    Aborted(Claim),
    /// It was aborted before.
    AlreadyAborted(Claim),
}

impl Cart {
    /// Claims what the cart holds. Of two claims one wins: while one is open, another id is refused
    /// and the same id gets the claim that it has.
    ///
    /// # Errors
    ///
    /// [`DomainError::ClaimConflict`] while another claim is open; [`DomainError::ClaimNotOpen`]
    /// and [`DomainError::ClaimExpired`] for an id that was used up; [`DomainError::NothingToClaim`]
    /// for a cart without items; else as [`Cart::totals`].
    pub fn claim(
        &mut self,
        request: ClaimRequest,
        pricing: &Pricing,
    ) -> Result<Claim, DomainError> {
        let now = pricing.now;
        check_name(Field::ClaimId, &request.id)?;
        if let Some(known) = self.claims.iter().find(|claim| claim.id == request.id) {
            return known.check_open(now).map(|()| known.clone());
        }
        if let Some(open) = self.claims.iter().find(|claim| claim.is_open_at(now)) {
            return Err(DomainError::ClaimConflict {
                open: open.id.clone(),
                expires_at: open.expires_at,
            });
        }
        let totals = self.totals(pricing)?;
        let (Some(currency), false) = (totals.currency, self.items.is_empty()) else {
            return Err(DomainError::NothingToClaim);
        };
        let lines = self.items.iter().map(|item| ClaimedLine {
            item_id: item.id().to_owned(),
            quantity: item.quantity(),
            unit_price: item.price(),
        });
        let claim = Claim {
            id: request.id,
            version: request.version,
            taken_at: now,
            expires_at: request.expires_at,
            lines: lines.collect(),
            total: Money::new(totals.total, currency),
            state: ClaimState::Open,
            unknown: JsonMap::new(),
        };
        claim.check_open(now)?;
        self.claims.push(claim.clone());
        self.forget_old_claims(now);
        Ok(claim)
    }

    /// Subtracts what was claimed. What was added meanwhile stays, a line that was removed
    /// meanwhile stays away. Settling it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`DomainError::UnknownClaim`]; [`DomainError::ClaimExpired`] once it has expired;
    /// [`DomainError::ClaimNotOpen`] after an abort.
    pub fn settle(&mut self, id: &str, now: Timestamp) -> Result<SettleOutcome, DomainError> {
        let index = self.find_claim(id)?;
        let claim = &self.claims[index];
        if matches!(claim.state, ClaimState::Settled { .. }) {
            return Ok(SettleOutcome::AlreadySettled(claim.clone()));
        }
        claim.check_open(now)?;
        for line in claim.lines.clone() {
            self.subtract(&line.item_id, line.quantity)?;
        }
        let settled = self.close_claim(index, ClaimState::Settled { at: now }, now);
        Ok(SettleOutcome::Settled(settled))
    }

    /// Gives a claim up; the cart keeps its items. Aborting it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`DomainError::UnknownClaim`]; [`DomainError::ClaimNotOpen`] after it was settled.
    pub fn abort(&mut self, id: &str, now: Timestamp) -> Result<AbortOutcome, DomainError> {
        let index = self.find_claim(id)?;
        let claim = &self.claims[index];
        match claim.state {
            ClaimState::Aborted { .. } => Ok(AbortOutcome::AlreadyAborted(claim.clone())),
            ClaimState::Settled { .. } => Err(DomainError::ClaimNotOpen {
                claim: claim.id.clone(),
                state: claim.state,
            }),
            ClaimState::Open => {
                let aborted = self.close_claim(index, ClaimState::Aborted { at: now }, now);
                Ok(AbortOutcome::Aborted(aborted))
            }
        }
    }

    /// When the last claim that isn't closed expires.
    pub fn claimed_until(&self) -> Option<Timestamp> {
        let open = self
            .claims
            .iter()
            .filter(|claim| claim.state == ClaimState::Open);
        open.map(|claim| claim.expires_at).max()
    }

    /// When a claim was settled last.
    pub fn converted_at(&self) -> Option<Timestamp> {
        let settled = self.claims.iter().filter_map(|claim| match claim.state {
            ClaimState::Settled { at } => Some(at),
            _ => None,
        });
        settled.max()
    }

    /// The currency of the claim that was settled last.
    pub(super) fn currency_of_last_sale(&self) -> Option<Currency> {
        let settled = self.claims.iter().filter_map(|claim| match claim.state {
            ClaimState::Settled { at } => Some((at, claim.total.currency())),
            _ => None,
        });
        let last = settled.max_by_key(|(at, _)| *at);
        last.map(|(_, currency)| currency)
    }

    fn find_claim(&self, id: &str) -> Result<usize, DomainError> {
        self.claims
            .iter()
            .position(|claim| claim.id == id)
            .ok_or_else(|| DomainError::UnknownClaim {
                claim: shortened(id),
            })
    }

    /// Takes so many units out of a line, or what there is of them.
    pub(super) fn subtract(&mut self, item_id: &str, quantity: u64) -> Result<(), DomainError> {
        let Some(before) = self.items.get(item_id).cloned() else {
            return Ok(());
        };
        if before.quantity() <= quantity {
            self.remove(item_id);
            return Ok(());
        }
        let left = before.quantity() - quantity;
        self.put_line(before.with_quantity(left)?).map(|_| ())
    }

    /// Makes the claims of `other`, a cart that is on its way here, what they are there: those that
    /// are unknown here are taken over, and those that were closed there are closed here. What they
    /// have `sold` of that which is here leaves this cart; all that they are about, where nobody has
    /// kept count.
    ///
    /// # Errors
    ///
    /// [`DomainError::Overflow`] for quantities.
    pub(crate) fn follow_claims(
        &mut self,
        other: &Self,
        sold: Option<&Sold>,
    ) -> Result<(), DomainError> {
        for theirs in &other.claims {
            let same = |ours: &&mut Claim| ours.id == theirs.id;
            let lines = if let Some(ours) = self.claims.iter_mut().find(same) {
                // An id may have been used twice; a version is that of one cart alone.
                let is_behind = ours.version == theirs.version
                    && ours.state == ClaimState::Open
                    && theirs.state != ClaimState::Open;
                if !is_behind {
                    continue;
                }
                ours.state = theirs.state;
                ours.lines.clone()
            } else {
                self.claims.push(theirs.clone());
                // Where nobody has kept count, nothing of it ever came here.
                sold.map_or_else(Vec::new, |_| theirs.lines.clone())
            };
            if !matches!(theirs.state, ClaimState::Settled { .. }) {
                continue;
            }
            for line in lines {
                let units = sold.map_or(line.quantity, |sold| {
                    let units = sold.units(&theirs.id, &line.item_id);
                    units.min(line.quantity)
                });
                self.subtract(&line.item_id, units)?;
            }
        }
        Ok(())
    }

    fn close_claim(&mut self, index: usize, state: ClaimState, now: Timestamp) -> Claim {
        self.claims[index].state = state;
        let closed = self.claims[index].clone();
        self.forget_old_claims(now);
        closed
    }

    /// Forgets the oldest claims that no longer hold, until few enough are left.
    fn forget_old_claims(&mut self, now: Timestamp) {
        let over = self
            .claims
            .iter()
            .filter(|claim| !claim.is_open_at(now))
            .count();
        let mut excess = over.saturating_sub(REMEMBERED);
        self.claims.retain(|claim| {
            let forgotten = excess > 0 && !claim.is_open_at(now);
            excess -= usize::from(forgotten);
            !forgotten
        });
    }
}
