//! What happened to a cart.

use serde::Serialize;

use super::condition::Condition;
use super::item::Item;
use super::json::Json;
use super::merge::MergeReport;
use super::summary::Summary;

/// What happened to a cart, with what changed.
///
/// Edits note their events in the cart; observers see them only after the write is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The cart was emptied: items, conditions and metadata.
    CartCleared,
    /// The cart was written for the first time.
    CartCreated {
        /// The cart as it was written.
        summary: Summary,
    },
    /// The cart was deleted, or given to another owner.
    CartForgotten,
    /// A guest's cart was merged into it.
    CartMerged {
        /// What became of the guest's items.
        report: MergeReport,
    },
    /// The cart was deleted, and is back.
    CartRestored {
        /// The cart as it was written.
        summary: Summary,
    },
    /// The cart was written: this closes the events of every write.
    CartUpdated {
        /// The cart as it was written.
        summary: Summary,
    },
    /// A condition was put on the cart.
    ConditionAdded {
        /// The condition.
        condition: Condition,
    },
    /// A condition was taken off the cart.
    ConditionRemoved {
        /// The condition as it was.
        condition: Condition,
    },
    /// A line was added.
    ItemAdded {
        /// The line.
        item: Item,
    },
    /// A condition was put on a line.
    ItemConditionAdded {
        /// The line.
        item_id: String,
        /// The condition.
        condition: Condition,
    },
    /// A condition was taken off a line.
    ItemConditionRemoved {
        /// The line.
        item_id: String,
        /// The condition as it was.
        condition: Condition,
    },
    /// A line was removed.
    ItemRemoved {
        /// The line as it was.
        item: Item,
    },
    /// A line was changed.
    ItemUpdated {
        /// The line as it was.
        before: Box<Item>,
        /// The line as it is.
        after: Box<Item>,
    },
    /// All metadata was removed.
    MetadataCleared,
    /// A key of the metadata was removed.
    MetadataRemoved {
        /// The key.
        key: String,
    },
    /// A key of the metadata was set.
    MetadataSet {
        /// The key.
        key: String,
        /// Its value.
        value: Json,
    },
}
