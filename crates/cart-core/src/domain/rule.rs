//! Rules decide when a condition counts. They are data, stored with the condition and evaluated
//! whenever totals are computed, so a discount can't outlive its rule.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::{DomainError, Field, check_name};
use super::exact::Exact;
use super::items::Items;
use super::json::Json;
use super::json_map::JsonMap;
use super::money::{Currency, Money, Rounding};
use crate::time::Timestamp;

/// How deep rules may be nested.
const MOST_DEPTH: usize = 16;

/// When a condition counts.
///
/// The subtotal that rules see is, for a cart's condition, the one after line conditions and
/// before cart conditions; for a line's condition the one before any condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Rule {
    /// Every one of these holds.
    All(Vec<Self>),
    /// At least one of these holds.
    Any(Vec<Self>),
    /// An item has this attribute.
    AttributeEquals {
        /// The item; when none is given, any item will do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<String>,
        /// The key of the attribute.
        key: String,
        /// Its value, compared in the text that it was written in.
        value: Json,
    },
    /// A rule of the application, looked up by name in the [`RuleBook`]. It doesn't hold while no
    /// such rule is registered; the totals then say so.
    Custom {
        /// The name that it is registered under.
        name: String,
        /// What the rule is told.
        #[serde(default, skip_serializing_if = "JsonMap::is_empty")]
        arguments: JsonMap,
    },
    /// It is not before `from` and before `until`; an end that isn't given is open.
    DateWindow {
        /// The first point in time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// The first point in time that is too late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The cart holds this item.
    HasItem(String),
    /// The cart has so many lines or more.
    LinesAtLeast(u64),
    /// The rule does not hold.
    Not(Box<Self>),
    /// The quantities of all lines add up to this or more.
    QuantityAtLeast(u64),
    /// The subtotal is this or more.
    SubtotalAtLeast(Money),
    /// The subtotal is this or less.
    SubtotalAtMost(Money),
}

impl Rule {
    /// Refuses rules that are nested too deeply or name nothing.
    pub(super) fn check(&self) -> Result<(), DomainError> {
        self.check_below(MOST_DEPTH)
    }

    fn check_below(&self, depth: usize) -> Result<(), DomainError> {
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(DomainError::RuleTooDeep {
                allowed: MOST_DEPTH,
            });
        };
        match self {
            Self::All(rules) | Self::Any(rules) => {
                rules.iter().try_for_each(|rule| rule.check_below(deeper))
            }
            Self::Not(rule) => rule.check_below(deeper),
            Self::Custom { name, .. } => check_name(Field::RuleName, name),
            Self::HasItem(id) => check_name(Field::ItemId, id),
            _ => Ok(()),
        }
    }

    /// Adds the currencies that the rule names.
    pub(super) fn collect_currencies(&self, into: &mut Vec<Currency>) {
        match self {
            Self::SubtotalAtLeast(money) | Self::SubtotalAtMost(money) => {
                into.push(money.currency());
            }
            Self::All(rules) | Self::Any(rules) => {
                for rule in rules {
                    rule.collect_currencies(into);
                }
            }
            Self::Not(rule) => rule.collect_currencies(into),
            _ => {}
        }
    }

    /// Adds the custom rules in this one that are not in the book.
    pub(super) fn collect_unknown(&self, book: &RuleBook, into: &mut Vec<String>) {
        match self {
            Self::Custom { name, .. } if !book.0.contains_key(name) => into.push(name.clone()),
            Self::All(rules) | Self::Any(rules) => {
                for rule in rules {
                    rule.collect_unknown(book, into);
                }
            }
            Self::Not(rule) => rule.collect_unknown(book, into),
            _ => {}
        }
    }

    /// Whether the rule holds.
    pub(super) fn holds(&self, facts: &RuleFacts<'_>, book: &RuleBook) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(facts, book)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(facts, book)),
            Self::AttributeEquals { item, key, value } => facts
                .items
                .iter()
                .filter(|candidate| item.as_deref().is_none_or(|id| candidate.id() == id))
                .any(|candidate| candidate.attributes().get(key) == Some(value)),
            Self::Custom { name, arguments } => book
                .0
                .get(name)
                .is_some_and(|rule| rule.holds(arguments, facts)),
            Self::DateWindow { from, until } => {
                from.is_none_or(|from| from <= facts.now)
                    && until.is_none_or(|until| facts.now < until)
            }
            Self::HasItem(id) => facts.items.get(id).is_some(),
            Self::LinesAtLeast(lines) => facts.lines() >= *lines,
            Self::Not(rule) => !rule.holds(facts, book),
            Self::QuantityAtLeast(quantity) => facts.quantity() >= *quantity,
            Self::SubtotalAtLeast(money) => *facts.subtotal >= Exact::from(money.amount()),
            Self::SubtotalAtMost(money) => *facts.subtotal <= Exact::from(money.amount()),
        }
    }
}

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct RuleFacts<'a> {
    pub(super) items: &'a Items,
    pub(super) subtotal: &'a Exact,
    pub(super) now: Timestamp,
}

impl<'a> RuleFacts<'a> {
    /// The items of the cart.
    pub const fn items(&self) -> &'a Items {
        self.items
    }

    /// The sum of all quantities.
    pub const fn quantity(&self) -> u64 {
        self.items.quantity()
    }

    /// The number of lines.
    pub fn lines(&self) -> u64 {
        self.items.len() as u64
    }

    /// The subtotal in minor units, rounded as asked.
    ///
    /// # Errors
    ///
    /// [`DomainError::Overflow`] when it doesn't fit.
    pub fn subtotal(&self, rounding: Rounding) -> Result<i64, DomainError> {
        self.subtotal.rounded(rounding)
    }

    /// The point in time that the totals are computed for.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// A rule of the application.
pub trait CustomRule: fmt::Debug + Send + Sync {
    /// Whether the rule holds. The same arguments and facts must give the same answer.
    fn holds(&self, arguments: &JsonMap, facts: &RuleFacts<'_>) -> bool;
}

/// The custom rules of an application, by name.
#[derive(Clone, Debug, Default)]
pub struct RuleBook(BTreeMap<String, Arc<dyn CustomRule>>);

impl RuleBook {
    /// A book without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same book with `rule` registered under `name`, in the place of one of that name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, rule: Arc<dyn CustomRule>) -> Self {
        self.0.insert(name.into(), rule);
        self
    }
}
