//! The carts of sessions, while a change is decided.

use std::collections::BTreeMap;

use cart_core::{CartKey, CartRecord, Instance, Owner, Stored, Timestamp};

/// The carts and tombstones of one session, by instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionCarts(BTreeMap<Instance, CartRecord>);

impl SessionCarts {
    /// The record under this instance, expired or not.
    pub fn record(&self, instance: &Instance) -> Option<&CartRecord> {
        self.0.get(instance)
    }

    /// Puts a record under an instance, in place of what was there.
    pub fn put(&mut self, instance: Instance, record: CartRecord) {
        self.0.insert(instance, record);
    }

    /// Whether there is no record at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All records, in the order of their instances.
    pub fn iter(&self) -> impl Iterator<Item = (&Instance, &CartRecord)> {
        self.0.iter()
    }

    /// When the last record ceases to exist; `None` when one never does, or there is none.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let last = self.0.values().map(|record| record.header.expires_at);
        last.max_by_key(|at| at.unwrap_or(Timestamp::MAX))?
    }

    /// Takes out at most `limit` records that have expired at `now`, and tells how many.
    pub(crate) fn remove_expired(&mut self, now: Timestamp, limit: usize) -> usize {
        let mut removed = 0;
        self.0.retain(|_, record| {
            let goes = removed < limit && record.is_expired(now);
            removed += usize::from(goes);
            !goes
        });
        removed
    }
}

impl FromIterator<(Instance, CartRecord)> for SessionCarts {
    fn from_iter<T: IntoIterator<Item = (Instance, CartRecord)>>(records: T) -> Self {
        Self(records.into_iter().collect())
    }
}

/// The one or two sessions that a change is about, as they are stored; what the change puts into
/// them is written when it ends with `Ok`.
#[derive(Debug, Default)]
pub struct Sessions {
    carts: BTreeMap<Owner, SessionCarts>,
    /// Whose sessions were changed, in the order of the first change.
    changed: Vec<Owner>,
}

impl Sessions {
    /// Sessions that have been read, each with its owner.
    pub fn new(read: impl IntoIterator<Item = (Owner, SessionCarts)>) -> Self {
        Self {
            carts: read.into_iter().collect(),
            changed: Vec::new(),
        }
    }

    /// The sessions that were changed, in the order in which a home that writes them one by one
    /// has to: a cart reaches its new session before it leaves the old one.
    pub fn into_changed(mut self) -> Vec<(Owner, SessionCarts)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .filter_map(|owner| {
                let carts = self.carts.remove(&owner)?;
                Some((owner, carts))
            })
            .collect()
    }

    pub(crate) fn stored(&self, key: &CartKey, now: Timestamp) -> Stored {
        Stored::of(self.record(key).cloned(), now)
    }

    /// What is under a key, expired or not.
    pub(crate) fn record(&self, key: &CartKey) -> Option<&CartRecord> {
        self.carts.get(key.owner())?.record(key.instance())
    }

    /// Puts a record under its key. What has expired in the same session goes on the way.
    pub(crate) fn put(&mut self, key: &CartKey, record: CartRecord, now: Timestamp) {
        let carts = self.change(key.owner());
        carts.remove_expired(now, usize::MAX);
        carts.put(key.instance().clone(), record);
    }

    /// Takes out at most `limit` expired records of an owner, and tells how many.
    pub(crate) fn remove_expired(&mut self, owner: &Owner, now: Timestamp, limit: usize) -> usize {
        let Some(carts) = self.carts.get_mut(owner) else {
            return 0;
        };
        let removed = carts.remove_expired(now, limit);
        if removed > 0 {
            self.change(owner);
        }
        removed
    }

    /// Has `decide` see the session of `stored` as that of `seen`.
    #[cfg(feature = "tower-sessions")]
    pub(crate) fn as_owner<T>(
        &mut self,
        stored: &Owner,
        seen: &Owner,
        decide: impl FnOnce(&mut Self) -> cart_core::Result<T>,
    ) -> cart_core::Result<T> {
        let carts = self.carts.get(stored).cloned().unwrap_or_default();
        let mut sessions = Self::new([(seen.clone(), carts)]);
        let answer = decide(&mut sessions)?;
        for (_, carts) in sessions.into_changed() {
            *self.change(stored) = carts;
        }
        Ok(answer)
    }

    fn change(&mut self, owner: &Owner) -> &mut SessionCarts {
        if !self.changed.contains(owner) {
            self.changed.push(owner.clone());
        }
        self.carts.entry(owner.clone()).or_default()
    }
}
