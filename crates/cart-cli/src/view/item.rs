//! Lines and conditions.

use cart_core::{Condition, ConditionAmount, Item, JsonMap, LineTotal, ProductRef, Rule, Target};
use serde::Serialize;

/// A line of a cart. Amounts are minor units.
#[derive(Debug, Serialize)]
pub(crate) struct ItemView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) quantity: u64,
    pub(crate) unit_price: i64,
    pub(crate) currency: &'static str,
    /// What the line comes to, where the whole cart is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub(crate) sums: Option<LineSums>,
    pub(crate) attributes: JsonMap,
    pub(crate) conditions: Vec<ConditionView>,
    pub(crate) product: Option<ProductRef>,
}

impl ItemView {
    pub(crate) fn new(item: &Item) -> Self {
        Self {
            id: item.id().to_owned(),
            name: item.name().to_owned(),
            quantity: item.quantity(),
            unit_price: item.price().amount(),
            currency: item.price().currency().code(),
            amount: None,
            exact: None,
            sums: None,
            attributes: item.attributes().clone(),
            conditions: item.conditions().iter().map(ConditionView::new).collect(),
            product: item.product().cloned(),
        }
    }

    pub(crate) fn with_total(mut self, total: &LineTotal) -> Self {
        self.amount = Some(total.amount);
        self.exact.clone_from(&total.exact);
        self.sums = Some(LineSums {
            subtotal_without_conditions: total.without_conditions,
            subtotal: total.amount,
            total: total.amount,
            savings: (total.without_conditions - total.amount).max(0),
        });
        self
    }
}

/// The sums of a line, named like the cart's. Conditions on the cart's total belong to no line, so
/// a line's total is its subtotal.
#[derive(Debug, Serialize)]
pub(crate) struct LineSums {
    pub(crate) subtotal_without_conditions: i64,
    pub(crate) subtotal: i64,
    pub(crate) total: i64,
    pub(crate) savings: i64,
}

/// A condition. Amounts are minor units.
#[derive(Debug, Serialize)]
pub(crate) struct ConditionView {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) target: Target,
    /// The adjustment, as it is typed.
    pub(crate) value: String,
    pub(crate) order: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(skip_serializing_if = "JsonMap::is_empty")]
    pub(crate) attributes: JsonMap,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<Rule>,
    /// By how much it moved the amount; nothing when it did not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moved: Option<i64>,
}

impl ConditionView {
    pub(crate) fn new(condition: &Condition) -> Self {
        Self {
            name: condition.name().to_owned(),
            kind: condition.kind().to_string(),
            target: condition.target(),
            value: condition.adjustment().to_string(),
            order: condition.order(),
            group: condition.group().map(ToOwned::to_owned),
            attributes: condition.attributes().clone(),
            rules: condition.rules().to_vec(),
            moved: None,
        }
    }

    /// The same condition, with what it moved according to `breakdown`: on the line `item_id`, or
    /// on the cart.
    pub(crate) fn with_moved(
        mut self,
        breakdown: &[ConditionAmount],
        item_id: Option<&str>,
    ) -> Self {
        self.moved = breakdown
            .iter()
            .find(|amount| amount.name == self.name && amount.item_id.as_deref() == item_id)
            .map(|amount| amount.moved);
        self
    }
}
