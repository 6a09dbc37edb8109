//! Checkout: a claim on what the cart holds, while the shopper pays.
//!
//! A claim takes nothing out of the cart, and edits go on beside it. Settling it subtracts exactly
//! what was claimed, so what was added meanwhile stays; aborting it, or its expiry, leaves the
//! cart as it is. Conditions and metadata stay in every case: the application clears them when its
//! order is done.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::cart::Cart;
use super::error::{DomainError, Field, check_name, shortened};
use super::fields::{object, required};
use super::json_map::JsonMap;
use super::money::Money;
use super::totals::Pricing;
use crate::time::Timestamp;

/// How many claims that were closed are remembered, so that a repeated call gets its answer again.
const REMEMBERED: usize = 8;

/// The version of the cart that a claim was taken of, as a text that the domain doesn't interpret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimedVersion(pub String);

/// What was claimed of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClaimedLine {
    /// The item.
    pub item_id: String,
    /// So many units of it.
    pub quantity: u64,
    /// The price of one unit, before conditions.
    pub unit_price: Money,
}

/// Whether a claim is open, or how it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ClaimState {
    /// Given up; the cart kept its items.
    Aborted {
        /// When.
        at: Timestamp,
    },
    /// Waiting to be settled or aborted, or to expire.
    Open,
    /// Paid; what was claimed left the cart.
    Settled {
        /// When.
        at: Timestamp,
    },
}

impl fmt::Display for ClaimState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Aborted { .. } => "aborted",
            Self::Open => "open",
            Self::Settled { .. } => "settled",
        })
    }
}

/// A claim of a checkout on a cart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ClaimParts")]
pub struct Claim {
    id: String,
    version: ClaimedVersion,
    taken_at: Timestamp,
    expires_at: Timestamp,
    lines: Vec<ClaimedLine>,
    total: Money,
    state: ClaimState,
    unknown: JsonMap,
}

impl Claim {
    /// The id that the application gave it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the cart that it was taken of.
    pub const fn version(&self) -> &ClaimedVersion {
        &self.version
    }

    /// When it was taken.
    pub const fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// From when on it no longer counts.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What was claimed, line by line.
    pub fn lines(&self) -> &[ClaimedLine] {
        &self.lines
    }

    /// What the cart cost in total when it was claimed.
    pub const fn total(&self) -> Money {
        self.total
    }

    /// Whether it is open, or how it was closed.
    pub const fn state(&self) -> ClaimState {
        self.state
    }

    /// Whether it still holds at `now`: neither closed nor expired.
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        self.state == ClaimState::Open && now < self.expires_at
    }

    /// The same claim on none of the lines, for a cart whose items were discarded.
    pub(super) fn without_lines(mut self) -> Self {
        if self.state == ClaimState::Open {
            self.lines.clear();
        }
        self
    }

    /// Refuses a claim that is closed or has expired.
    fn check_open(&self, now: Timestamp) -> Result<(), DomainError> {
        let claim = self.id.clone();
        if self.state != ClaimState::Open {
            return Err(DomainError::ClaimNotOpen {
                claim,
                state: self.state,
            });
        }
        if now >= self.expires_at {
            return Err(DomainError::ClaimExpired {
                claim,
                expired_at: self.expires_at,
            });
        }
        Ok(())
    }
}

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
            self.subtract(&line)?;
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

    fn find_claim(&self, id: &str) -> Result<usize, DomainError> {
        self.claims
            .iter()
            .position(|claim| claim.id == id)
            .ok_or_else(|| DomainError::UnknownClaim {
                claim: shortened(id),
            })
    }

    fn subtract(&mut self, claimed: &ClaimedLine) -> Result<(), DomainError> {
        let Some(before) = self.items.get(&claimed.item_id).cloned() else {
            return Ok(());
        };
        if before.quantity() <= claimed.quantity {
            self.remove(&claimed.item_id);
            return Ok(());
        }
        let left = before.quantity() - claimed.quantity;
        self.put_line(before.with_quantity(left)?).map(|_| ())
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

object! {
    /// What a claim is read from.
    ClaimParts {
        id: String,
        version: ClaimedVersion,
        taken_at: Timestamp,
        expires_at: Timestamp,
        lines: Vec<ClaimedLine>,
        total: Money,
        state: ClaimState,
    }
}

impl TryFrom<ClaimParts> for Claim {
    type Error = DomainError;

    fn try_from(parts: ClaimParts) -> Result<Self, DomainError> {
        Ok(Self {
            id: required(parts.id, "id")?,
            version: required(parts.version, "version")?,
            taken_at: required(parts.taken_at, "taken_at")?,
            expires_at: required(parts.expires_at, "expires_at")?,
            lines: required(parts.lines, "lines")?,
            total: required(parts.total, "total")?,
            state: required(parts.state, "state")?,
            unknown: parts.unknown,
        })
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("taken_at", &self.taken_at)?;
        map.serialize_entry("expires_at", &self.expires_at)?;
        map.serialize_entry("lines", &self.lines)?;
        map.serialize_entry("total", &self.total)?;
        map.serialize_entry("state", &self.state)?;
        self.unknown
            .iter()
            .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}
