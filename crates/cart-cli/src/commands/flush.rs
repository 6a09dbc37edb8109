//! Everything in a cache goes: `flush`.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::consent::{self, Consent};
use crate::failure::Failure;
use crate::output::Output;
use crate::store::Place;

/// Remove every cart from Redis or Valkey, of all tenants, and nothing of anybody else.
///
/// What goes is what stands under the store's prefix: carts, what deleted ones have left, and renames
/// that nobody has finished. Nothing is kept for `restore`. What is written meanwhile may stay or go.
///
/// On a terminal it asks before it removes anything; elsewhere it wants --yes.
#[derive(Debug, Args)]
pub(crate) struct Flush {
    /// Don't ask.
    #[arg(long)]
    yes: bool,
}

/// What was removed.
#[derive(Debug, Serialize)]
struct Report {
    /// Carts, and what deleted ones had left.
    removed: u64,
}

impl Flush {
    pub(super) async fn run(
        self,
        place: &Place,
        has_tenant: bool,
        mut output: Output,
    ) -> Result<(), Failure> {
        if has_tenant {
            return Err(Failure::Invalid(
                "flush removes the carts of all tenants: repeat it without --tenant",
            ));
        }
        let consent = Consent::new(self.yes, "nobody can be asked here: repeat it with --yes")?;
        let cache = place.cache().await?;
        if consent == Consent::Ask {
            consent::ask("Remove every cart of every tenant?", "nothing was removed")?;
        }
        let removed = cache.flush().await?;
        output.answer(&Report { removed })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "removed: {}", self.removed)
    }
}
