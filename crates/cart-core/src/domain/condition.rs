//! Conditions change what a line or a cart costs: discounts, taxes, fees, shipping, charges.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::adjustment::Adjustment;
use super::condition_kind::{ConditionKind, Target};
use super::error::{DomainError, Field, check_name};
use super::fields::{object, required};
use super::json::Json;
use super::json_map::JsonMap;
use super::money::{Currency, same_currency};
use super::rule::Rule;

/// A named adjustment of a line or a cart.
///
/// ```
/// use cart_core::{Condition, Currency};
///
/// let usd = Currency::parse("USD")?;
/// let summer = Condition::discount("summer", "10%", usd)?.with_order(1);
/// assert!(summer.is_discount() && summer.is_percentage());
/// # Ok::<(), cart_core::DomainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ConditionParts")]
pub struct Condition {
    name: String,
    kind: ConditionKind,
    target: Target,
    adjustment: Adjustment,
    order: i32,
    group: Option<String>,
    attributes: JsonMap,
    rules: Vec<Rule>,
    unknown: JsonMap,
}

impl Condition {
    /// A condition without rules, group and attributes, of order 0.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidName`] for an empty name or custom kind,
    /// [`DomainError::InvalidAdjustment`] for a factor or divisor out of range.
    pub fn new(
        name: impl Into<String>,
        kind: ConditionKind,
        target: Target,
        adjustment: Adjustment,
    ) -> Result<Self, DomainError> {
        Self {
            name: name.into(),
            kind: kind.normalised(),
            target,
            adjustment,
            order: 0,
            group: None,
            attributes: JsonMap::new(),
            rules: Vec::new(),
            unknown: JsonMap::new(),
        }
        .checked()
    }

    /// A discount on the subtotal. A bare value is taken as negative: `10%` takes ten percent off.
    ///
    /// # Errors
    ///
    /// As [`Condition::new`] and [`Adjustment::parse_discount`].
    pub fn discount(
        name: impl Into<String>,
        value: &str,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let adjustment = Adjustment::parse_discount(value, currency)?;
        Self::new(name, ConditionKind::Discount, Target::Subtotal, adjustment)
    }

    /// A tax on the subtotal.
    ///
    /// # Errors
    ///
    /// As [`Condition::new`] and [`Adjustment::parse`].
    pub fn tax(
        name: impl Into<String>,
        value: &str,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let adjustment = Adjustment::parse(value, currency)?;
        Self::new(name, ConditionKind::Tax, Target::Subtotal, adjustment)
    }

    /// A fee on the total.
    ///
    /// # Errors
    ///
    /// As [`Condition::new`] and [`Adjustment::parse`].
    pub fn fee(
        name: impl Into<String>,
        value: &str,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let adjustment = Adjustment::parse(value, currency)?;
        Self::new(name, ConditionKind::Fee, Target::Total, adjustment)
    }

    /// Shipping on the total, by a method (which becomes the attribute `method`). A cart has one
    /// at a time: another one replaces it, unless both belong to a group.
    ///
    /// # Errors
    ///
    /// As [`Condition::new`] and [`Adjustment::parse`].
    pub fn shipping(
        name: impl Into<String>,
        method: &str,
        value: &str,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let adjustment = Adjustment::parse(value, currency)?;
        let mut condition = Self::new(name, ConditionKind::Shipping, Target::Total, adjustment)?;
        condition
            .attributes
            .insert("method", Json::from_serialize(method)?);
        Ok(condition)
    }

    /// The same condition with this place in the order of its target; lower comes first.
    #[must_use]
    pub const fn with_order(mut self, order: i32) -> Self {
        self.order = order;
        self
    }

    /// The same condition, in a group of which only the best for the shopper counts.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidName`] for an empty name of a group.
    pub fn in_group(mut self, group: impl Into<String>) -> Result<Self, DomainError> {
        self.group = Some(group.into());
        self.checked()
    }

    /// The same condition with these attributes in the place of those it had.
    #[must_use]
    pub fn with_attributes(mut self, attributes: JsonMap) -> Self {
        self.attributes = attributes.without_nulls();
        self
    }

    /// The same condition with one more rule. It counts while all of its rules hold.
    ///
    /// # Errors
    ///
    /// [`DomainError::RuleTooDeep`], or [`DomainError::InvalidName`] for a rule that names nothing.
    pub fn with_rule(mut self, rule: Rule) -> Result<Self, DomainError> {
        self.rules.push(rule);
        self.checked()
    }

    /// The name: unique in its cart or on its line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    pub const fn kind(&self) -> &ConditionKind {
        &self.kind
    }

    /// The amount that it changes.
    pub const fn target(&self) -> Target {
        self.target
    }

    /// What it does to that amount.
    pub const fn adjustment(&self) -> Adjustment {
        self.adjustment
    }

    /// Its place in the order of its target; lower comes first.
    pub const fn order(&self) -> i32 {
        self.order
    }

    /// The group of which only the best for the shopper counts.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The attributes.
    pub const fn attributes(&self) -> &JsonMap {
        &self.attributes
    }

    /// The rules, all of which must hold.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether it lowers amounts.
    pub fn is_discount(&self) -> bool {
        self.adjustment.is_discount()
    }

    /// Whether it raises amounts.
    pub fn is_charge(&self) -> bool {
        self.adjustment.is_charge()
    }

    /// Whether it is a percentage.
    pub const fn is_percentage(&self) -> bool {
        self.adjustment.is_percentage()
    }

    /// The currencies that its adjustment and its rules name.
    pub(super) fn currencies(&self) -> Vec<Currency> {
        let mut currencies: Vec<_> = self.adjustment.currency().into_iter().collect();
        self.rules
            .iter()
            .for_each(|rule| rule.collect_currencies(&mut currencies));
        currencies
    }

    /// Refuses a condition that can't be on a line.
    pub(super) fn check_on_line(&self) -> Result<(), DomainError> {
        let hint = "give it target `item`, or apply it to the cart";
        self.check_target(self.target == Target::Item, hint)
    }

    /// Refuses a condition that can't be on a cart.
    pub(super) fn check_on_cart(&self) -> Result<(), DomainError> {
        let hint = "give it target `subtotal` or `total`, or apply it to an item";
        self.check_target(self.target != Target::Item, hint)
    }

    fn check_target(&self, fits: bool, hint: &'static str) -> Result<(), DomainError> {
        if fits {
            return Ok(());
        }
        Err(DomainError::ConditionTarget {
            name: self.name.clone(),
            target: self.target,
            hint,
        })
    }

    /// Every rule that a condition obeys by itself, wherever it comes from.
    fn checked(self) -> Result<Self, DomainError> {
        check_name(Field::ConditionName, &self.name)?;
        check_name(Field::ConditionKind, self.kind.as_str())?;
        self.group
            .as_deref()
            .map_or(Ok(()), |group| check_name(Field::Group, group))?;
        self.adjustment.check()?;
        self.rules.iter().try_for_each(Rule::check)?;
        if let [first, others @ ..] = self.currencies().as_slice() {
            others
                .iter()
                .try_for_each(|other| same_currency(*first, *other))?;
        }
        Ok(self)
    }
}

object! {
    /// What a condition is read from.
    ConditionParts {
        name: String,
        kind: ConditionKind,
        target: Target,
        adjustment: Adjustment,
        order: i32,
        group: Option<String>,
        attributes: JsonMap,
        rules: Vec<Rule>,
    }
}

impl TryFrom<ConditionParts> for Condition {
    type Error = DomainError;

    fn try_from(parts: ConditionParts) -> Result<Self, DomainError> {
        Self {
            name: required(parts.name, "name")?,
            kind: required(parts.kind, "kind")?,
            target: required(parts.target, "target")?,
            adjustment: required(parts.adjustment, "adjustment")?,
            order: parts.order.unwrap_or_default(),
            group: parts.group.flatten(),
            attributes: parts.attributes.unwrap_or_default(),
            rules: parts.rules.unwrap_or_default(),
            unknown: parts.unknown,
        }
        .checked()
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("target", &self.target)?;
        map.serialize_entry("adjustment", &self.adjustment)?;
        if self.order != 0 {
            map.serialize_entry("order", &self.order)?;
        }
        if let Some(group) = &self.group {
            map.serialize_entry("group", group)?;
        }
        if !self.attributes.is_empty() {
            map.serialize_entry("attributes", &self.attributes)?;
        }
        if !self.rules.is_empty() {
            map.serialize_entry("rules", &self.rules)?;
        }
        self.unknown
            .iter()
            .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}
