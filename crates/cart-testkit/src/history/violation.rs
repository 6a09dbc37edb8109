//! Why a history can't have happened on a correct store.

use std::fmt;

use super::event::Event;

/// The rule that a history breaks, and the few events that show it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Violation {
    /// The encoded key of the cart.
    pub key: String,
    /// The rule.
    pub rule: Rule,
    /// The events that together break it, in the order in which they were called.
    pub window: Vec<Event>,
}

/// What a store owes to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A save that expects no live cart fails while there is one.
    CreatesOnlyWhatIsAbsent,
    /// No version is seen that nobody wrote, or that a client was told it did not write.
    NothingFromNowhere,
    /// Writes follow one another; none depends on its own effect.
    NoCircle,
    /// What is stored under a version is what its writer sent.
    ReadsWhatWasWritten,
    /// A conflict is answered only to a save whose expectation does not hold.
    RefusesWithReason,
    /// An operation sees everything that was complete when it began, and nothing that began after
    /// it had ended.
    RespectsRealTime,
    /// Of all saves that expect one version at most one succeeds.
    OneSuccessor,
    /// A version belongs to one write.
    OneWriter,
}

impl Rule {
    /// The rule as a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::CreatesOnlyWhatIsAbsent => {
                "a save that expects no live cart fails while there is one"
            }
            Self::NothingFromNowhere => {
                "no version is seen that nobody wrote, or whose write was refused"
            }
            Self::NoCircle => "writes follow one another; none depends on its own effect",
            Self::ReadsWhatWasWritten => "what is stored under a version is what its writer sent",
            Self::RefusesWithReason => {
                "a conflict is answered only to a save whose expectation does not hold"
            }
            Self::RespectsRealTime => {
                "an operation sees everything that was complete when it began, and nothing that \
                 began after it had ended"
            }
            Self::OneSuccessor => "of all saves that expect one version at most one succeeds",
            Self::OneWriter => "a version belongs to one write",
        }
    }
}

impl Violation {
    pub(super) fn new<'a>(rule: Rule, window: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut window: Vec<Event> = window.into_iter().cloned().collect();
        window.sort_by_key(|event| (event.called, event.returned));
        window.dedup();
        let key = window.first().map(|event| event.key.clone());
        Self {
            key: key.unwrap_or_default(),
            rule,
            window,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "cart {}: broken rule: {}",
            self.key,
            self.rule.text()
        )?;
        self.window
            .iter()
            .try_for_each(|event| write!(formatter, "\n  {event}"))
    }
}
