//! Carts as JSON Lines: `export`.

use cart_core::{CartKey, LoadRequest, Owner, ScanRequest, Select, Stored, StoredCart};
use clap::Args;

use super::count::count;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;

/// How many whole carts are read at once.
const PAGE: usize = 500;

/// Export carts as JSON Lines, for `import`: all of them, or an owner's.
///
/// Each line is a whole record with its key and its version, in the order in which the store lists
/// its carts.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Only the carts of this owner.
    owner: Option<Owner>,

    /// Export what deleted carts have left, too: a copy then deletes what is deleted here. Where
    /// deleted carts are kept, that is all that they held.
    #[arg(long)]
    tombstones: bool,
}

impl Export {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        if let Some(owner) = &self.owner {
            let owner = shop.owner(owner);
            export_owner(shop, &owner).await?;
            if self.tombstones {
                let mut request = ScanRequest::new(PAGE);
                request.select = Select::Tombstones;
                request.owner = Some(owner);
                export_all(shop, request, &mut Progress::new(None)).await?;
            }
            return shop.output.flush();
        }
        let mut request = ScanRequest::new(PAGE);
        request.tenant.clone_from(&shop.tenant);
        let mut progress = Progress::new(None);
        if progress.is_visible() {
            progress = Progress::new(Some(count(&**shop.carts.store(), request.clone()).await?));
        }
        export_all(shop, request.clone(), &mut progress).await?;
        if self.tombstones {
            request.select = Select::Tombstones;
            export_all(shop, request, &mut progress).await?;
        }
        shop.output.flush()
    }
}

async fn export_owner(shop: &mut Shop, owner: &Owner) -> Result<(), Failure> {
    let mut instances = shop.carts.instances(owner).await?;
    instances.sort();
    for instance in instances {
        let key = CartKey::new(owner.clone(), instance);
        let request = LoadRequest::new(key.clone());
        // One that was deleted since it was listed is left out.
        if let Stored::Live(record) = shop.carts.store().load(&request).await? {
            shop.output.line(&StoredCart { key, record }.to_json()?)?;
        }
    }
    Ok(())
}

/// Writes what `request` asks for, page by page.
async fn export_all(
    shop: &mut Shop,
    mut request: ScanRequest,
    progress: &mut Progress,
) -> Result<(), Failure> {
    loop {
        let page = shop.carts.store().scan(&request).await?;
        for entry in page.entries {
            let (key, record) = (entry.key, entry.record);
            shop.output.line(&StoredCart { key, record }.to_json()?)?;
            progress.advance(1, progress.carts() + 1);
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(()),
        }
    }
}
