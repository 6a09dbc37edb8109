//! Checkout on a stored cart: a claim while the shopper pays, settled or aborted in the end.

use std::time::Duration;

use super::edited::Edited;
use super::handle::CartHandle;
use crate::domain::{AbortOutcome, Claim, ClaimRequest, ClaimedVersion, SettleOutcome};
use crate::storage::Result;

impl CartHandle {
    /// Claims what the cart holds, for `time_to_live`. Of two claims at once one wins; the same id
    /// gets its claim again. Edits go on beside the claim.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; [`DomainError::ClaimConflict`](crate::DomainError::ClaimConflict)
    /// while another claim is open, and what else [`Cart::claim`](crate::Cart::claim) refuses.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`]; repeating the call is harmless.
    pub async fn claim(&self, id: &str, time_to_live: Duration) -> Result<Edited<Claim>> {
        self.edit_in_turn(
            |cart, base| {
                let pricing = self.carts().pricing();
                let version = base.version().map(|version| version.to_string());
                let request = ClaimRequest {
                    id: id.to_owned(),
                    expires_at: pricing.now.saturating_add(time_to_live),
                    version: ClaimedVersion(version.unwrap_or_default()),
                };
                cart.claim(request, &pricing)
            },
            None,
        )
        .await
    }

    /// Subtracts exactly what was claimed: what was added meanwhile stays. Repeating it is
    /// harmless.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; what [`Cart::settle`](crate::Cart::settle) refuses.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`]; repeating the call is harmless.
    pub async fn settle(&self, id: &str) -> Result<Edited<SettleOutcome>> {
        self.edit(|cart| cart.settle(id, self.carts().pricing().now))
            .await
    }

    /// Gives a claim up; the cart keeps its items. Repeating it is harmless.
    ///
    /// # Errors
    ///
    /// As [`CartHandle::edit`]; what [`Cart::abort`](crate::Cart::abort) refuses.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`]; repeating the call is harmless.
    pub async fn abort(&self, id: &str) -> Result<Edited<AbortOutcome>> {
        self.edit(|cart| cart.abort(id, self.carts().pricing().now))
            .await
    }
}
