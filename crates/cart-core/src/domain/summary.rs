//! A cart in a few numbers, stored beside it.

use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::error::DomainError;
use super::money::{Currency, overflow};
use super::totals::Pricing;
use crate::time::Timestamp;

/// A cart in a few numbers, as of its last write: what lists and queries need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// The currency: the cart's, or that of the last sale once it is empty; none while neither
    /// names one.
    pub currency: Option<Currency>,
    /// The lines.
    pub lines: u32,
    /// The sum of all quantities.
    pub units: u64,
    /// The subtotal in minor units.
    pub subtotal: i64,
    /// The total in minor units.
    pub total: i64,
    /// When the last open claim expires.
    pub claimed_until: Option<Timestamp>,
    /// When a claim was settled last.
    pub converted_at: Option<Timestamp>,
}

impl Cart {
    /// The summary of this cart.
    ///
    /// # Errors
    ///
    /// As [`Cart::totals`].
    pub fn summary(&self, pricing: &Pricing) -> Result<Summary, DomainError> {
        let totals = self.totals(pricing)?;
        Ok(Summary {
            // What was sold has left the cart, and counts in the currency that it was sold in.
            currency: totals.currency.or_else(|| self.currency_of_last_sale()),
            lines: u32::try_from(self.len()).map_err(|_| overflow("number of lines"))?,
            units: self.quantity(),
            subtotal: totals.subtotal,
            total: totals.total,
            claimed_until: self.claimed_until(),
            converted_at: self.converted_at(),
        })
    }
}
