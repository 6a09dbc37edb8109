//! Recorded histories, and the judge of them.
//!
//! A [`Recorder`] watches any number of handles to a store while clients use them, and [`check`]
//! says whether what they were told can have come from a store that does one thing at a time: that
//! is what *linearizable* means.
//!
//! In general that question is hard, since all orders may have to be tried. Here it is not. Every
//! write carries a version of its own and names the version that it replaces, so the answers tell
//! the order, and what is left is to compare it with the clock: a sweep of `n log n` steps.
//! [`is_linearizable`] tries the orders all the same, for short histories, to check the checker.
//!
//! A history begins with carts that have never been written, expects versions or absence (neither
//! `Older` nor `Any`), and holds no record that expires meanwhile.
//!
//! ```
//! use std::sync::Arc;
//!
//! use cart_core::{CartKey, CartRecord, CartStore, Expect, Instance, LoadRequest, MemoryCartStore};
//! use cart_core::{Owner, SaveRequest, Timestamp, Version};
//! use cart_testkit::history::{Recorder, check};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let recorder = Recorder::new();
//! let store = recorder.watch(Arc::new(MemoryCartStore::new()));
//!
//! let key = CartKey::new(Owner::user("1")?, Instance::default());
//! let record = CartRecord::new(Version::first(7), Timestamp::from_millis(0));
//! store.save(&SaveRequest::new(key.clone(), record, Expect::Absent)).await?;
//! store.load(&LoadRequest::new(key)).await?;
//!
//! let summary = check(&recorder.history())?;
//! assert_eq!((summary.operations, summary.writes), (2, 1));
//! # Ok(())
//! # }
//! ```

mod chains;
mod event;
mod exhaustive;
mod json;
mod merge;
mod real_time;
mod recorder;
mod violation;
mod writers;

use std::collections::BTreeMap;

pub use event::{Action, Answer, Content, Digest, Event, Found, Write};
pub use exhaustive::is_linearizable;
pub use json::{read_json_lines, write_json_lines};
pub use merge::merge;
pub use recorder::{Recorder, Watched};
pub use violation::{Rule, Violation};

use writers::Writers;

/// What a history that holds was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// All operations.
    pub operations: usize,
    /// The carts that they were about.
    pub carts: usize,
    /// Records that were stored.
    pub writes: usize,
    /// Saves that were answered with a conflict.
    pub conflicts: usize,
    /// Saves whose outcome the client was not told.
    pub unknown: usize,
}

/// Checks that a history is linearizable, each cart on its own.
///
/// # Errors
///
/// The first [`Violation`] that was found.
pub fn check(history: &[Event]) -> Result<Summary, Violation> {
    let mut by_key: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in history {
        by_key.entry(&event.key).or_default().push(event);
    }
    let answered = |wanted: fn(&Answer) -> bool| {
        let answers = history.iter().filter_map(|event| match &event.action {
            Action::Save { answer, .. } => Some(answer),
            Action::Load { .. } => None,
        });
        answers.filter(|answer| wanted(answer)).count()
    };
    let mut summary = Summary {
        operations: history.len(),
        carts: by_key.len(),
        writes: 0,
        conflicts: answered(|answer| matches!(answer, Answer::Conflict { .. })),
        unknown: answered(|answer| matches!(answer, Answer::Unknown)),
    };
    for events in by_key.into_values() {
        let mut writers = Writers::of(&events)?;
        let chains = chains::link(&mut writers)?;
        summary.writes += writers.applied().count();
        real_time::judge(&events, &writers, chains)?;
    }
    Ok(summary)
}
