//! What a cart is and what may happen to it: no input or output, no clock, no randomness.
//!
//! Times and ids come in as arguments, amounts are whole minor units, and every edit checks
//! everything before it changes anything.

mod adjustment;
mod calculation;
mod cart;
mod checkout;
mod claim;
mod condition;
mod condition_kind;
mod conditions;
mod decimal;
mod error;
mod event;
mod exact;
mod fields;
mod item;
mod item_update;
mod items;
mod json;
mod json_map;
mod limits;
mod merge;
mod money;
mod rule;
mod share;
mod shares;
mod sold;
mod summary;
mod totals;

pub use adjustment::Adjustment;
pub use cart::Cart;
pub use checkout::{AbortOutcome, ClaimRequest, SettleOutcome};
pub use claim::{Claim, ClaimState, ClaimedLine, ClaimedVersion};
pub use condition::Condition;
pub use condition_kind::{ConditionKind, Target};
pub use conditions::Conditions;
pub use decimal::Decimal;
pub use error::{DomainError, Field};
pub use event::Event;
pub use item::{Item, NewItem, ProductRef};
pub use item_update::{ItemUpdate, QuantityChange};
pub use items::Items;
pub use json::Json;
pub use json_map::JsonMap;
pub use limits::{Limit, Limits, Measure};
pub use merge::{BuiltInStrategy, ClampedLine, MergeReport, MergeStrategy, Merged};
pub use money::{Currency, Money, Rounding};
pub use rule::{CustomRule, Rule, RuleBook, RuleFacts};
pub(crate) use share::Share;
pub(crate) use sold::Sold;
pub use summary::Summary;
pub use totals::{ConditionAmount, LineTotal, Pricing, SkipReason, SkippedCondition, Totals};
