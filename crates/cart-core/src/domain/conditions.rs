//! The conditions of a cart or of a line.

use std::fmt;

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::Condition;
use super::condition_kind::{ConditionKind, Target};
use super::error::{DomainError, shortened};

/// Conditions in the order in which they were added, unique by name.
#[derive(Clone, Default)]
pub struct Conditions(IndexMap<String, Condition>);

impl Conditions {
    /// No conditions.
    pub fn new() -> Self {
        Self::default()
    }

    /// The condition of this name.
    pub fn get(&self, name: &str) -> Option<&Condition> {
        self.0.get(name)
    }

    /// The conditions, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Condition> {
        self.0.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a condition, and returns those whose place it takes: the one of the same name, and the
    /// cart's other shipping.
    pub fn insert(&mut self, condition: Condition) -> Vec<Condition> {
        let index = self.rival(&condition).unwrap_or(self.0.len());
        let mut replaced = Vec::new();
        self.0.retain(|_, other| {
            let stays = !rivals(other, &condition);
            if !stays {
                replaced.push(other.clone());
            }
            stays
        });
        let index = index.min(self.0.len());
        self.0
            .shift_insert(index, condition.name().to_owned(), condition);
        replaced
    }

    /// Removes and returns the condition of this name. The order of the others stays.
    pub fn remove(&mut self, name: &str) -> Option<Condition> {
        self.0.shift_remove(name)
    }

    /// Adds those of `others` whose place isn't taken.
    pub(super) fn adopt(&mut self, others: &Self) {
        for condition in others.iter() {
            if self.rival(condition).is_none() {
                self.0
                    .insert(condition.name().to_owned(), condition.clone());
            }
        }
    }

    /// Where the first condition stands whose place `condition` would take.
    fn rival(&self, condition: &Condition) -> Option<usize> {
        self.iter().position(|other| rivals(other, condition))
    }
}

/// Whether there is place for only one of these two.
fn rivals(one: &Condition, other: &Condition) -> bool {
    one.name() == other.name() || is_sole_shipping(one) && is_sole_shipping(other)
}

/// Whether this is the cart's shipping, of which there is one at a time. The members of a group
/// are many, since of them only one counts anyway.
fn is_sole_shipping(condition: &Condition) -> bool {
    *condition.kind() == ConditionKind::Shipping
        && condition.target() != Target::Item
        && condition.group().is_none()
}

impl PartialEq for Conditions {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Conditions {}

impl fmt::Debug for Conditions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl FromIterator<Condition> for Conditions {
    /// As if they were inserted one after the other.
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        let mut collected = Self::new();
        for condition in conditions {
            collected.insert(condition);
        }
        collected
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = IndexMap::new();
        for condition in Vec::<Condition>::deserialize(deserializer)? {
            if map.contains_key(condition.name()) {
                let key = shortened(condition.name());
                return Err(D::Error::custom(DomainError::Duplicate {
                    what: "condition",
                    key,
                }));
            }
            map.insert(condition.name().to_owned(), condition);
        }
        Ok(Self(map))
    }
}
