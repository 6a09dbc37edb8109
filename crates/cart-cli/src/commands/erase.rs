//! Every trace of a person goes: `erase`.

use std::fmt;

use cart_core::Owner;
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::plain;

/// Remove every trace of an owner, and report what was removed.
///
/// Carts, and the versions that deleted ones left. Running it again is harmless.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// Whose: guest:TOKEN, user:ID or KIND:ID.
    owner: Owner,
}

/// What was removed.
#[derive(Debug, Serialize)]
struct Report {
    owner: String,
    carts: usize,
    tombstones: usize,
}

impl Erase {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let owner = shop.owner(&self.owner);
        let erased = shop.carts.erase(&owner).await?;
        shop.output.answer(&Report {
            owner: owner.to_string(),
            carts: erased.carts,
            tombstones: erased.tombstones,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: removed carts: {}, tombstones: {}",
            plain(&self.owner),
            self.carts,
            self.tombstones,
        )
    }
}
