//! What was stored before, for answers that are out of date.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cart_core::{CartKey, CartRecord, Expect, LoadRequest, Rename, SaveRequest, Stored, Version};

/// The newest state of each key that went by, and the one before.
#[derive(Debug, Default)]
pub(super) struct Past(Mutex<BTreeMap<CartKey, States>>);

#[derive(Debug)]
struct States {
    before: Option<Stored>,
    newest: Stored,
}

impl Past {
    fn states(&self) -> MutexGuard<'_, BTreeMap<CartKey, States>> {
        // Each change is one insertion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a replica that is behind would answer, where one may.
    pub(super) fn answer(&self, request: &LoadRequest) -> Option<Stored> {
        let states = self.states();
        let before = states.get(&request.key)?.before.as_ref()?;
        let sequence = before.version().map(Version::sequence);
        let is_new_enough = request
            .at_least
            .is_none_or(|version| sequence >= Some(version.sequence()));
        (is_new_enough && request.renew.is_none()).then(|| before.clone())
    }

    pub(super) fn loaded(&self, key: &CartKey, stored: &Stored) {
        self.note(key, stored.clone(), None);
    }

    pub(super) fn saved(&self, request: &SaveRequest) {
        let before = match request.expect {
            // It may have been left out.
            Expect::Older => return,
            Expect::Absent => Some(Stored::Missing),
            Expect::Any | Expect::Version(_) => None,
        };
        self.note(&request.key, state(&request.record), before);
    }

    pub(super) fn renamed(&self, rename: &Rename) {
        if rename.from != rename.to && rename.expect_to != Expect::Older {
            self.note(&rename.from, state(&rename.tombstone), None);
            self.note(&rename.to, state(&rename.record), None);
        }
    }

    fn note(&self, key: &CartKey, stored: Stored, unknown: Option<Stored>) {
        let mut states = self.states();
        let before = match states.remove(key) {
            Some(known) if known.newest.version() == stored.version() => known.before,
            Some(known) => Some(known.newest),
            None => unknown,
        };
        let newest = stored;
        states.insert(key.clone(), States { before, newest });
    }
}

fn state(record: &CartRecord) -> Stored {
    if record.is_tombstone() {
        Stored::Tombstone(record.header.version)
    } else {
        Stored::Live(record.clone())
    }
}
