//! One cart on both stores, looked at and repaired.

use std::sync::Arc;

use cart_core::{CartKey, CartRecord, CartStore, LoadRequest, Result, Stored, Version};

use super::difference::{Side, judge};
use super::{Difference, DifferenceKind};
use crate::bringing::bring;

/// A cart to look at.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) key: CartKey,
    /// What a list gave of it, if that was the whole record.
    pub(super) record: Option<CartRecord>,
}

/// Looks at carts, and repairs the target where it may.
#[derive(Debug)]
pub(super) struct Checker {
    pub(super) source: Arc<dyn CartStore>,
    pub(super) target: Arc<dyn CartStore>,
    pub(super) repair: bool,
}

/// How often a cart is looked at while somebody keeps changing it.
const LOOKS: usize = 5;

impl Checker {
    /// In what the stores differ about a cart, in two looks one after the other: between the reads
    /// of a single look somebody may have written.
    pub(super) async fn check(&self, candidate: &Candidate) -> Result<Option<Difference>> {
        let mut before = None;
        let mut found = None;
        for _ in 0..LOOKS {
            let source = look(&*self.source, &candidate.key).await?;
            let target = look(&*self.target, &candidate.key).await?;
            let Some(kind) = judge(&candidate.key, &source, &target) else {
                return Ok(None);
            };
            let seen = (kind, source.version(), target.version());
            let is_settled = before == Some(seen);
            before = Some(seen);
            found = Some((kind, source));
            if is_settled {
                break;
            }
        }
        let Some((kind, source)) = found else {
            return Ok(None);
        };
        let repaired = self.repair && self.mend(kind, source, candidate).await?;
        Ok(Some(Difference {
            key: candidate.key.clone(),
            kind,
            repaired,
        }))
    }

    /// Brings the target to what the source has, if the target's is older.
    async fn mend(&self, kind: DifferenceKind, source: Side, from: &Candidate) -> Result<bool> {
        let record = match source {
            Side::Readable(Stored::Live(record)) => record,
            Side::Readable(Stored::Tombstone(version)) => match listed(from, version) {
                Some(record) => record,
                None => return Ok(false),
            },
            Side::Readable(Stored::Missing) | Side::Corrupt => return Ok(false),
        };
        match kind {
            DifferenceKind::Missing | DifferenceKind::Older => {
                self.target.save(&bring(from.key.clone(), record)).await?;
            }
            DifferenceKind::Expiry => {
                let mut request = LoadRequest::new(from.key.clone());
                request.renew = record.header.expires_at;
                self.target.load(&request).await?;
            }
            _ => return Ok(false),
        }
        let target = look(&*self.target, &from.key).await?;
        let source = look(&*self.source, &from.key).await?;
        Ok(judge(&from.key, &source, &target).is_none())
    }
}

/// A tombstone, which a load does not give whole.
fn listed(candidate: &Candidate, version: Version) -> Option<CartRecord> {
    let record = candidate.record.as_ref()?;
    (record.header.version == version && record.is_tombstone()).then(|| record.clone())
}

async fn look(store: &dyn CartStore, key: &CartKey) -> Result<Side> {
    Side::of(store.load(&LoadRequest::new(key.clone())).await)
}
