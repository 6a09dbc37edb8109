//! What a cart costs, and why.

use serde::Serialize;

use super::condition_kind::{ConditionKind, Target};
use super::money::{Currency, Rounding};
use super::rule::RuleBook;
use crate::time::Timestamp;

/// What a calculation of totals needs besides the cart.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Pricing {
    /// The point in time that date windows are compared with.
    pub now: Timestamp,
    /// How the subtotal and the total are rounded.
    pub rounding: Rounding,
    /// The custom rules of the application.
    pub rules: RuleBook,
}

impl Pricing {
    /// Prices at a point in time, rounded half away from zero, without custom rules.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    /// The same, rounded in this way.
    #[must_use]
    pub const fn with_rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// The same, with these custom rules.
    #[must_use]
    pub fn with_rules(mut self, rules: RuleBook) -> Self {
        self.rules = rules;
        self
    }
}

/// What a cart costs. All amounts are whole minor units of its currency.
///
/// The amounts of the lines and of the conditions on the subtotal add up to the subtotal; those of
/// the conditions on the total to what lies between subtotal and total.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// The currency; none while nothing in the cart names one.
    pub currency: Option<Currency>,
    /// What each line comes to.
    pub lines: Vec<LineTotal>,
    /// What each condition that counted moved: of the lines, then on the subtotal, then on the
    /// total, each in the order of calculation.
    pub breakdown: Vec<ConditionAmount>,
    /// The conditions that did not count.
    pub skipped: Vec<SkippedCondition>,
    /// The custom rules that conditions name and nobody registered. No condition with such a rule counts.
    pub unknown_rules: Vec<String>,
    /// The sum of all lines after the conditions on lines and on the subtotal.
    pub subtotal: i64,
    /// The sum of all lines before any condition.
    pub subtotal_without_conditions: i64,
    /// The subtotal after the conditions on the total: what is to be paid.
    pub total: i64,
    /// What would be paid without any condition.
    pub total_without_conditions: i64,
    /// What the conditions spare the shopper; zero when they cost more than they spare.
    pub savings: i64,
}

/// What a line comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LineTotal {
    /// The item.
    pub item_id: String,
    /// The units of the line.
    pub quantity: u64,
    /// The price of one unit, before conditions.
    pub unit_price: i64,
    /// The line after its conditions, in whole minor units.
    pub amount: i64,
    /// The same as an exact fraction, where it differs: `100/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
    /// The line before its conditions.
    pub without_conditions: i64,
}

/// What a condition moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConditionAmount {
    /// The condition.
    pub name: String,
    /// Its kind.
    pub kind: ConditionKind,
    /// Its target.
    pub target: Target,
    /// The item, for a condition on a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// By how much the amount rose, or fell when negative, in whole minor units.
    pub moved: i64,
    /// The same as an exact fraction, where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
}

/// A condition that did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedCondition {
    /// The condition.
    pub name: String,
    /// The item, for a condition on a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Why it did not count.
    pub reason: SkipReason,
}

/// Why a condition did not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// Another condition of its group is better for the shopper.
    BetterInGroup,
    /// One of its rules does not hold.
    RuleDoesNotHold,
    /// One of its rules is custom, and nobody registered it.
    UnknownRule,
}
