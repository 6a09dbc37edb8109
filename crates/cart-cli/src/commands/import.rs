//! Carts from a file: `import`.

mod baskets;
mod records;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;
use crate::source::Source;

/// Import carts from a file, or from the standard input.
///
/// A cart that the store has in the same or a newer version stays as it is, so importing a file
/// again is harmless. At a line that can't be used the import ends: the batches of 500 carts before
/// it are imported, its own is not.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// JSON Lines, as `export` writes them; - or nothing is the standard input. With --tenant only
    /// the carts of that tenant are imported.
    #[arg(value_name = "FILE.jsonl", conflicts_with = "baskets")]
    file: Option<PathBuf>,

    /// A basket on each line, its items separated by commas; - is the standard input. They become
    /// the default carts of user:basket-00001 and so on, one unit of each item, priced by its name.
    #[arg(long, value_name = "FILE.csv")]
    baskets: Option<PathBuf>,
}

/// The carts that were read and not imported.
#[derive(Debug, Default)]
struct LeftOut {
    /// The store had them already.
    unchanged: u64,
    /// They belong to other tenants.
    skipped: u64,
}

/// What was imported.
#[derive(Debug, Serialize)]
struct Imported {
    carts: u64,
    /// The carts that the store had already, in the same or a newer version.
    unchanged: u64,
    /// The carts of other tenants.
    skipped: u64,
    milliseconds: u128,
    carts_per_second: u64,
}

impl Import {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let path = self.baskets.as_ref().or(self.file.as_ref());
        let source = Source::open(path.map(PathBuf::as_path))?;
        let mut progress = Progress::new(source.size);
        let left_out = if self.baskets.is_some() {
            baskets::import(shop, source, &mut progress).await?
        } else {
            records::import(shop, source, &mut progress).await?
        };
        let LeftOut { unchanged, skipped } = left_out;
        let imported = Imported {
            carts: progress.carts() - unchanged,
            unchanged,
            skipped,
            milliseconds: progress.elapsed().as_millis(),
            carts_per_second: progress.rate(),
        };
        drop(progress);
        shop.output.answer(&imported)
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "imported {} carts in {}.{:03} s ({}/s)",
            self.carts,
            self.milliseconds / 1_000,
            self.milliseconds % 1_000,
            self.carts_per_second,
        )?;
        if self.unchanged > 0 {
            write!(formatter, ", {} were there already", self.unchanged)?;
        }
        if self.skipped > 0 {
            write!(formatter, ", skipped {} of other tenants", self.skipped)?;
        }
        Ok(())
    }
}
