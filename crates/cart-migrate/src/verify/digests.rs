//! Whether two sets of records are equal, without keeping either.

use std::hash::{Hash, Hasher};

use cart_core::{CartKey, CartRecord, Header, Parts, Randomness, ScanEntry, Summary};
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher13To128};

/// A sum of digests for each group of keys: those of one store added, those of the other taken
/// away. Where the stores are equal, nothing is left.
///
/// The digests go by a secret of the run, so nobody can make up carts whose digests cancel out.
pub(super) struct Digests {
    left: Vec<u128>,
    secret: [u64; 2],
}

impl Digests {
    /// Two records more or less of a group are looked at; this many sums are a megabyte.
    const GROUPS: u64 = 1 << 16;

    pub(super) fn new(randomness: &dyn Randomness) -> Self {
        Self {
            left: (0..Self::GROUPS).map(|_| 0).collect(),
            secret: [randomness.next(), randomness.next()],
        }
    }

    pub(super) fn add(&mut self, entry: &ScanEntry) {
        let digest = self.digest(entry);
        let left = self.left(&entry.key);
        *left = left.wrapping_add(digest);
    }

    pub(super) fn take(&mut self, entry: &ScanEntry) {
        let digest = self.digest(entry);
        let left = self.left(&entry.key);
        *left = left.wrapping_sub(digest);
    }

    /// Whether the stores are equal.
    pub(super) fn agree(&self) -> bool {
        self.left.iter().all(|left| *left == 0)
    }

    /// Whether the stores are equal in the group of this key.
    pub(super) fn agree_about(&self, key: &CartKey) -> bool {
        self.left.get(self.group(key)).is_none_or(|left| *left == 0)
    }

    fn left(&mut self, key: &CartKey) -> &mut u128 {
        let group = self.group(key);
        &mut self.left[group]
    }

    fn group(&self, key: &CartKey) -> usize {
        let mut hasher = SipHasher13::new_with_keys(self.secret[0], self.secret[1]);
        key.hash(&mut hasher);
        usize::try_from(hasher.finish() % Self::GROUPS).unwrap_or(0)
    }

    fn digest(&self, entry: &ScanEntry) -> u128 {
        let mut hasher = SipHasher13To128::new_with_keys(self.secret[0], self.secret[1]);
        entry.key.hash(&mut hasher);
        hash_record(&entry.record, &mut hasher);
        hasher.finish128().as_u128()
    }
}

/// Everything that is compared: see [`same`](super::difference::same).
fn hash_record(record: &CartRecord, hasher: &mut SipHasher13To128) {
    let CartRecord { header, parts } = record;
    let Header {
        version,
        state,
        format,
        created_at,
        updated_at,
        expires_at,
        marked: _,
        summary,
        ledger,
    } = header;
    (version, state).hash(hasher);
    if record.is_tombstone() {
        return;
    }
    (format, created_at, updated_at, expires_at).hash(hasher);
    let Summary {
        currency,
        lines,
        units,
        subtotal,
        total,
        claimed_until,
        converted_at,
    } = summary;
    currency.map(|currency| currency.to_string()).hash(hasher);
    (lines, units, subtotal, total, claimed_until, converted_at).hash(hasher);
    let Parts {
        items,
        conditions,
        metadata,
    } = parts;
    for part in [items, conditions, metadata, ledger] {
        part.as_str().hash(hasher);
    }
}
