//! The answer to a command that changes one cart.

use std::fmt;

use cart_core::{Condition, Edited, Item, Summary, Version};
use serde::Serialize;

use super::item::{ConditionView, ItemView};
use super::table::{amount, plain};

/// What was changed, and the cart afterwards in a few numbers.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    /// For people alone; programs read the fields.
    #[serde(skip)]
    sentence: String,
    owner: String,
    instance: String,
    /// None when there is no cart.
    version: Option<Version>,
    /// Whether anything was written: an edit that changes nothing is not.
    written: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionView>,
    #[serde(flatten)]
    summary: Summary,
}

impl Change {
    /// The answer to `edited`, told to people by `sentence`.
    pub(crate) fn new<T>(edited: &Edited<T>, sentence: impl Into<String>) -> Self {
        let snapshot = &edited.snapshot;
        Self {
            sentence: sentence.into(),
            owner: snapshot.key().owner().to_string(),
            instance: snapshot.key().instance().to_string(),
            version: snapshot.version(),
            written: edited.is_written(),
            item: None,
            condition: None,
            summary: snapshot.summary(),
        }
    }

    /// The same answer, about a line.
    pub(crate) fn of_item(mut self, item: &Item) -> Self {
        self.item = Some(ItemView::new(item));
        self
    }

    /// The same answer, about a condition.
    pub(crate) fn of_condition(mut self, condition: &Condition) -> Self {
        self.condition = Some(ConditionView::new(condition));
        self
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            currency,
            lines,
            units,
            total,
            ..
        } = self.summary;
        writeln!(formatter, "{}", self.sentence)?;
        write!(
            formatter,
            "{} / {}: lines {lines}, units {units}, total {}",
            plain(&self.owner),
            plain(&self.instance),
            amount(total, currency),
        )?;
        match self.version {
            Some(version) => write!(formatter, ", version {version}"),
            None => Ok(()),
        }
    }
}
