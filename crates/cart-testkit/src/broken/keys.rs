//! Defects in how keys are told apart.

use cart_core::{CartKey, Instance, InvalidKey, Owner};

use super::defect::Defect;
use super::{BrokenStore, with};
use crate::clause::Clause::Key1;

pub(super) const STORES: &[BrokenStore] = &[
    BrokenStore {
        name: "joined-keys",
        defect: "identifier and instance are joined with a colon and split at the first one",
        clauses: &[Key1],
        expected: &["joined_parts_never_meet", "scan_gives_hostile_keys_back"],
        harness: |name| with(name, || JoinedKeys),
    },
    BrokenStore {
        name: "case-folded-keys",
        defect: "identifiers are compared without regard to case",
        clauses: &[Key1],
        expected: &[
            "deletion_never_widens",
            "escaped_texts_never_meet",
            "hostile_identifiers_never_meet",
            "letter_case_tells_owners_apart",
            "long_keys_differ_in_their_last_byte",
            "scan_gives_hostile_keys_back",
            "similar_owners_have_their_own_instances",
            "unicode_forms_tell_owners_apart",
        ],
        harness: |name| with(name, || FoldedKeys),
    },
    BrokenStore {
        name: "padded-keys",
        defect: "spaces at the end of an identifier do not count",
        clauses: &[Key1],
        expected: &[
            "deletion_never_widens",
            "hostile_identifiers_never_meet",
            "long_keys_differ_in_their_last_byte",
            "scan_gives_hostile_keys_back",
            "similar_owners_have_their_own_instances",
            "spaces_tell_owners_apart",
        ],
        harness: |name| with(name, || PaddedKeys),
    },
    BrokenStore {
        name: "shortened-keys",
        defect: "identifiers are cut after 191 bytes",
        clauses: &[Key1],
        expected: &["long_keys_differ_in_their_last_byte"],
        harness: |name| with(name, || ShortenedKeys),
    },
];

/// The key with another identifier and instance, where these are possible.
fn changed(key: &CartKey, identifier: &str, instance: &str) -> CartKey {
    let owner = key.owner();
    let change = || -> Result<CartKey, InvalidKey> {
        let owner =
            Owner::new(owner.class().clone(), identifier)?.in_tenant(owner.tenant().clone());
        Ok(CartKey::new(owner, Instance::new(instance)?))
    };
    change().unwrap_or_else(|_| key.clone())
}

#[derive(Debug)]
struct JoinedKeys;

impl Defect for JoinedKeys {
    fn key(&self, key: &CartKey) -> CartKey {
        let joined = format!("{}:{}", key.owner().identifier(), key.instance());
        match joined.split_once(':') {
            Some((identifier, instance)) => changed(key, identifier, instance),
            None => key.clone(),
        }
    }
}

#[derive(Debug)]
struct FoldedKeys;

impl Defect for FoldedKeys {
    fn key(&self, key: &CartKey) -> CartKey {
        let identifier = key.owner().identifier().to_lowercase();
        changed(key, &identifier, key.instance().as_str())
    }
}

#[derive(Debug)]
struct PaddedKeys;

impl Defect for PaddedKeys {
    fn key(&self, key: &CartKey) -> CartKey {
        let identifier = key.owner().identifier().trim_end_matches(' ');
        changed(key, identifier, key.instance().as_str())
    }
}

#[derive(Debug)]
struct ShortenedKeys;

impl Defect for ShortenedKeys {
    fn key(&self, key: &CartKey) -> CartKey {
        const KEPT: usize = 191;
        let identifier = key.owner().identifier();
        let kept = identifier.get(..KEPT).unwrap_or(identifier);
        changed(key, kept, key.instance().as_str())
    }
}
