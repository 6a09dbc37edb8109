//! Which carts.

use std::time::Duration;

use cart_core::{Instance, ScanEntry, ScanRequest, Tenant, Timestamp};

/// Which carts a copy or a verification is about: all of them, unless it is told otherwise.
///
/// Ages are those at the moment when the work began, however long it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Selection {
    /// Only the carts of this tenant.
    pub tenant: Option<Tenant>,
    /// Only this one of each owner's carts.
    pub instance: Option<Instance>,
    /// Only what was written within this time.
    pub written_within: Option<Duration>,
    /// Only what was not written for this time.
    pub untouched_for: Option<Duration>,
}

impl Selection {
    /// All carts.
    pub fn all() -> Self {
        Self::default()
    }

    /// Puts into `request` what a store can select by itself.
    pub(crate) fn narrow(&self, request: &mut ScanRequest, as_of: Timestamp) {
        request.tenant.clone_from(&self.tenant);
        request.updated_before = self.untouched_for.map(|time| as_of.saturating_sub(time));
    }

    /// Whether an entry of such a request belongs to the selection.
    pub(crate) fn takes(&self, entry: &ScanEntry, as_of: Timestamp) -> bool {
        let earliest = self.written_within.map(|time| as_of.saturating_sub(time));
        self.instance
            .as_ref()
            .is_none_or(|instance| entry.key.instance() == instance)
            && earliest.is_none_or(|earliest| entry.record.header.updated_at >= earliest)
    }
}
