//! What is in a store, beside what shoppers were told.

use std::collections::{BTreeMap, BTreeSet};

use cart_core::{CartStore, ScanRequest};
use serde::Deserialize;

use super::shoppers::{Told, is_original};
use crate::proof::{Figures, Proven, Refuted, ensure};

/// What is wrong in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Items that were acknowledged and are not there.
    pub(super) lost: u64,
    /// Carts that were deleted or given away and are there.
    pub(super) carts_back: u64,
    /// Items in carts that were deleted since.
    pub(super) items_back: u64,
    /// Carts that nobody has touched and that are not there.
    pub(super) left_behind: u64,
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

/// Looks for what shoppers were told, in a shop that had `count` carts.
pub(super) async fn judge(
    store: &dyn CartStore,
    told: &Told,
    count: u64,
) -> Result<Findings, Refuted> {
    let found = items(store).await?;
    let mut findings = Findings::default();
    let none = BTreeSet::new();
    for (owner, expected) in &told.carts {
        let found = found.get(owner);
        match expected {
            None => findings.carts_back += u64::from(found.is_some()),
            Some(expected) => {
                let found = found.unwrap_or(&none);
                findings.lost += expected.difference(found).count() as u64;
                findings.items_back += found.difference(expected).count() as u64;
            }
        }
    }
    let is_untouched = |owner: &&String| is_original(owner) && !told.carts.contains_key(*owner);
    let untouched = found.keys().filter(is_untouched).count() as u64;
    let touched = told.carts.keys().filter(|owner| is_original(owner)).count() as u64;
    findings.left_behind = count - touched - untouched;
    Ok(findings)
}

/// The ids of the items of every cart, by its owner.
async fn items(store: &dyn CartStore) -> Result<BTreeMap<String, BTreeSet<String>>, Refuted> {
    let mut carts = BTreeMap::new();
    let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
    loop {
        let page = store.scan(&request).await?;
        for entry in page.entries {
            let items: Vec<Item> = serde_json::from_str(entry.record.parts.items.as_str())?;
            let ids = items.into_iter().map(|item| item.id).collect();
            carts.insert(entry.key.owner().to_string(), ids);
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            return Ok(carts);
        }
    }
}

impl Findings {
    pub(super) fn show(&self, figures: &mut Figures) {
        figures.set("acknowledged items lost", self.lost);
        figures.set("deleted carts back", self.carts_back);
        figures.set("deleted items back", self.items_back);
        figures.set("carts that nobody used, left behind", self.left_behind);
    }

    pub(super) fn ensure_nothing(&self) -> Proven {
        ensure(*self == Self::default(), || {
            format!("the new store isn't what shoppers were told: {self:?}")
        })
    }
}
