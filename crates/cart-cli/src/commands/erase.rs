//! Every trace of a person goes: `erase`.

use std::fmt;

use cart_core::Owner;
use cart_store_db::History;
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::plain;

/// Remove every trace of an owner, and report what was removed.
///
/// Carts, the versions that deleted ones left, and the history that an audit has kept. Running it
/// again is harmless. A cart that came from another owner, such as a guest who signed in, has its
/// history under that owner too: erase both.
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
    /// Versions in the history.
    versions: u64,
}

impl Erase {
    pub(super) async fn run(
        self,
        shop: &mut Shop,
        history: Option<History>,
    ) -> Result<(), Failure> {
        let owner = shop.owner(&self.owner);
        // Before the carts, to count it: erasing a cart erases the history of its owner, too.
        let mut versions = match &history {
            Some(history) => history.erase(&owner).await?,
            None => 0,
        };
        let erased = shop.carts.erase(&owner).await?;
        // What expired carts have left there when they were swept just now.
        if let Some(history) = &history {
            versions += history.erase(&owner).await?;
        }
        shop.output.answer(&Report {
            owner: owner.to_string(),
            carts: erased.carts,
            tombstones: erased.tombstones,
            versions,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: removed carts: {}, tombstones: {}, past versions: {}",
            plain(&self.owner),
            self.carts,
            self.tombstones,
            self.versions,
        )
    }
}
