//! How long things last.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::storage::{CartKey, Header, Instance};
use crate::time::Timestamp;

/// When a cart expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryPolicy {
    time_to_live: Option<Duration>,
    renew_on: RenewOn,
}

/// What moves a cart's expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenewOn {
    /// Nothing: the cart expires so long after it was created.
    Creation,
    /// Reads and writes.
    ReadAndWrite,
    /// Writes.
    #[default]
    Write,
}

impl ExpiryPolicy {
    /// Carts never expire.
    pub const NEVER: Self = Self {
        time_to_live: None,
        renew_on: RenewOn::Write,
    };

    /// Carts expire `time_to_live` after what `renew_on` says.
    pub const fn after(time_to_live: Duration, renew_on: RenewOn) -> Self {
        Self {
            time_to_live: Some(time_to_live),
            renew_on,
        }
    }

    /// When a cart created at `created_at` and written at `now` expires.
    pub(super) fn on_write(self, created_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let from_now = now.saturating_add(self.time_to_live?);
        match self.renew_on {
            RenewOn::Creation => {
                let from_creation = created_at.saturating_add(self.time_to_live?);
                // A cart that is older than a policy which came later: no write may end it.
                Some(from_creation)
                    .filter(|at| *at > now)
                    .or(Some(from_now))
            }
            RenewOn::ReadAndWrite | RenewOn::Write => Some(from_now),
        }
    }

    /// When a cart read at `now` expires, if reading moves that.
    pub(super) fn renewed_on_read(self, now: Timestamp) -> Option<Timestamp> {
        match self.renew_on {
            RenewOn::ReadAndWrite => Some(now.saturating_add(self.time_to_live?)),
            RenewOn::Creation | RenewOn::Write => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) expiry: ExpiryPolicy,
    /// When carts of these instances expire.
    pub(super) expiry_of: BTreeMap<Instance, ExpiryPolicy>,
    /// How long a tombstone is kept.
    pub(super) tombstones: Duration,
    /// How long the content of a deleted cart is kept, if it is.
    pub(super) keep_deleted: Option<Duration>,
    /// How long an edit goes on trying.
    pub(super) deadline: Duration,
    /// Whether edits hold the cart's lock.
    pub(super) lock: bool,
}

impl Policy {
    /// When the tombstone of a cart deleted at `now` may go, whose content is kept for `kept`.
    pub(super) fn tombstone_expiry(&self, kept: Option<Duration>, now: Timestamp) -> Timestamp {
        now.saturating_add(kept.unwrap_or_default().max(self.tombstones))
    }

    /// When the cart `key` expires.
    pub(super) fn expiry(&self, key: &CartKey) -> ExpiryPolicy {
        let own = self.expiry_of.get(key.instance());
        *own.unwrap_or(&self.expiry)
    }

    /// The expiry of the next record of the cart `key`, of which `previous` is stored: not before its last
    /// claim ends, for somebody is paying.
    pub(super) fn next_expiry(
        &self,
        key: &CartKey,
        previous: Option<&Header>,
        claimed_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let created_at = previous.map_or(now, |header| header.created_at);
        let expires_at = self.expiry(key).on_write(created_at, now)?;
        Some(claimed_until.map_or(expires_at, |claimed| claimed.max(expires_at)))
    }
}
