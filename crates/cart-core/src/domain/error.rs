//! What a cart refuses, one variant for each situation.

use std::fmt;

use thiserror::Error;

use super::claim::ClaimState;
use super::condition_kind::Target;
use super::limits::Limit;
use super::money::Currency;
use crate::time::Timestamp;

/// The text field that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// The id of a claim.
    ClaimId,
    /// The text of a custom kind of condition.
    ConditionKind,
    /// The name of a condition.
    ConditionName,
    /// The name of a group of conditions.
    Group,
    /// The id of an item.
    ItemId,
    /// The name of an item.
    ItemName,
    /// The name of a custom rule.
    RuleName,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ClaimId => "claim id",
            Self::ConditionKind => "condition kind",
            Self::ConditionName => "condition name",
            Self::Group => "group",
            Self::ItemId => "item id",
            Self::ItemName => "item name",
            Self::RuleName => "rule name",
        })
    }
}

/// Why the domain refused something. The cart is then as it was before.
///
/// Texts that came from outside are shortened before they are kept here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DomainError {
    /// Another claim on this cart is open.
    #[error(
        "claim `{open}` is open until {expires_at}; settle or abort it, or wait until it expires"
    )]
    ClaimConflict {
        /// The claim that is open.
        open: String,
        /// When it expires.
        expires_at: Timestamp,
    },
    /// The claim expired before it was settled; the cart kept its items.
    #[error("claim `{claim}` expired at {expired_at}; claim the cart again")]
    ClaimExpired {
        /// The claim that was asked for.
        claim: String,
        /// When it expired.
        expired_at: Timestamp,
    },
    /// The claim was closed the other way.
    #[error("claim `{claim}` is {state}; take a new claim under another id")]
    ClaimNotOpen {
        /// The claim that was asked for.
        claim: String,
        /// How it was closed.
        state: ClaimState,
    },
    /// A condition was put where its target can't apply.
    #[error("condition `{name}` has target `{target}`; {hint}")]
    ConditionTarget {
        /// The condition.
        name: String,
        /// The target that it has.
        target: Target,
        /// What would apply there.
        hint: &'static str,
    },
    /// One cart holds one currency.
    #[error("this cart is in {cart}, but {given} was given; use a cart of its own for {given}")]
    CurrencyMismatch {
        /// The currency of the cart.
        cart: Currency,
        /// The currency that was given.
        given: Currency,
    },
    /// A key or name that must be unique came twice.
    #[error("{what} `{key}` is given twice; give it once")]
    Duplicate {
        /// What must be unique.
        what: &'static str,
        /// The key that came twice, shortened.
        key: String,
    },
    /// A text is not an adjustment.
    #[error("`{text}` is not an adjustment: {reason}; write it like -10%, 500, 5.00, *0.9 or /2")]
    InvalidAdjustment {
        /// The text, shortened.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A text is not the code of a currency with minor units.
    #[error("`{code}` is not a currency; give an ISO 4217 code in capitals, like USD")]
    InvalidCurrency {
        /// The text, shortened.
        code: String,
    },
    /// A text is not an exact decimal number.
    #[error("`{text}` is not a decimal number: {reason}; write it like 9.975")]
    InvalidDecimal {
        /// The text, shortened.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A text is not JSON, or not JSON that a cart keeps.
    #[error("this is not JSON that a cart can keep: {reason}")]
    InvalidJson {
        /// What is wrong with it.
        reason: String,
    },
    /// An id or a name breaks the rules for names.
    #[error("the {field} {reason}")]
    InvalidName {
        /// The field that breaks the rules.
        field: Field,
        /// What it must be.
        reason: &'static str,
    },
    /// A price is not one.
    #[error("`{text}` is not a price: {reason}; write minor units (1999) or major units (19.99)")]
    InvalidPrice {
        /// The text, shortened.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A quantity, or a change of one, is not one.
    #[error("`{text}` is not a quantity: {reason}")]
    InvalidQuantity {
        /// The text or number, shortened.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A limit of the configuration is exceeded.
    #[error("{limit}: {given} is over the limit of {allowed}; make the cart smaller")]
    LimitExceeded {
        /// The limit.
        limit: Limit,
        /// What it allows.
        allowed: u64,
        /// What was given.
        given: u64,
    },
    /// The cart holds no item, so there is nothing to check out.
    #[error("the cart holds no item; add one before claiming it")]
    NothingToClaim,
    /// A number doesn't fit into 64 bits, or a fraction became too fine to be kept exactly.
    #[error("the {what} is too large to be counted exactly; use smaller numbers")]
    Overflow {
        /// The number that doesn't fit.
        what: &'static str,
    },
    /// The rules of a condition are nested too deeply.
    #[error("rules are nested more than {allowed} deep; write them flatter")]
    RuleTooDeep {
        /// How deep they may be.
        allowed: usize,
    },
    /// No claim of this id is known, or it was closed so long ago that it was forgotten.
    #[error("claim `{claim}` is not known; claim the cart again")]
    UnknownClaim {
        /// The claim that was asked for, shortened.
        claim: String,
    },
    /// The cart has no such line.
    #[error("item `{item_id}` is not in the cart; add it first")]
    UnknownItem {
        /// The item that was asked for, shortened.
        item_id: String,
    },
    /// No merge strategy has this name.
    #[error(
        "`{name}` is not a merge strategy; use add_quantities, keep_highest, keep_user or replace_with_guest"
    )]
    UnknownStrategy {
        /// The name that was given, shortened.
        name: String,
    },
}

/// The beginning of a text from outside: enough to recognise it in a message.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Checks an id or a name: not empty. How long it may be is a configured limit, checked on write.
pub(super) fn check_name(field: Field, text: &str) -> Result<(), DomainError> {
    if text.is_empty() {
        return Err(DomainError::InvalidName {
            field,
            reason: "must not be empty",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{DomainError, shortened};
    use crate::domain::limits::Limit;
    use crate::domain::money::{Currency, Money};

    #[test]
    fn messages_say_what_to_do() {
        let usd = Currency::parse("USD").unwrap();
        let price = Money::parse("99,99", usd).unwrap_err();
        let expected = "`99,99` is not a price: only digits and one point are understood; \
             write minor units (1999) or major units (19.99)";
        assert_eq!(price.to_string(), expected);

        let limit = DomainError::LimitExceeded {
            limit: Limit::Lines,
            allowed: 2,
            given: 3,
        };
        let expected = "lines of the cart: 3 is over the limit of 2; make the cart smaller";
        assert_eq!(limit.to_string(), expected);

        let given = Currency::parse("EUR").unwrap();
        let mismatch = DomainError::CurrencyMismatch { cart: usd, given };
        let expected = "this cart is in USD, but EUR was given; use a cart of its own for EUR";
        assert_eq!(mismatch.to_string(), expected);
    }

    #[test]
    fn texts_from_outside_are_shortened_between_characters() {
        assert_eq!(shortened("abc"), "abc");
        let shown = shortened(&"ä".repeat(1_000));
        assert_eq!(shown, format!("{}…", "ä".repeat(40)));
    }
}
