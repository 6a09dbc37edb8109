//! What makes the change of two files one step.

use cart_core::{Error, ErrorKind, Result, RetryClass};
use serde::{Deserialize, Serialize};

use super::stripe::{Held, Stripe};

/// The name of a journal, and of the note that leads to it from the other stripe.
pub(super) const JOURNAL: &str = ".rename";

/// Two files that change together. While it stands in the first of the two stripes, the change has
/// been decided and may not have been made; in the second stands a copy without the files, which
/// leads whoever looks there to the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    pub(super) stripes: [u8; 2],
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<Replacement>,
}

/// The locks of the one or two stripes that a change is about.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    first: Held<'a>,
    /// None where both are one.
    second: Option<Held<'a>>,
}

impl<'a> Pair<'a> {
    /// Waits for the locks, always in the same order, so that nobody waits for each other.
    pub(super) fn lock(stripes: [u8; 2], stripe: impl Fn(u8) -> Stripe<'a>) -> Result<Self> {
        let [first, second] = stripes;
        let held = stripe(first).lock()?;
        let second = (first != second).then(|| stripe(second).lock());
        Ok(Self {
            first: held,
            second: second.transpose()?,
        })
    }

    /// What stands in the way of one of them: somebody's change that has not come to its end.
    pub(super) fn unsettled(&self) -> Result<Option<Journal>> {
        for held in std::iter::once(&self.first).chain(&self.second) {
            if let Some(text) = held.stripe().read(JOURNAL)? {
                return Journal::parse(&text).map(Some);
            }
        }
        Ok(None)
    }

    /// The stripe of this number: one of the two.
    pub(super) fn of(&self, number: u8) -> &Held<'a> {
        match &self.second {
            Some(second) if second.stripe().number() == number => second,
            Some(_) | None => &self.first,
        }
    }
}

/// What becomes of a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    /// Which of the stripes it is in.
    pub(super) stripe: u8,
    pub(super) name: String,
    /// What is in it then; without, it is removed.
    pub(super) text: Option<String>,
}

impl Journal {
    /// Reads a journal or a note.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when it is neither.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        serde_json::from_slice(text).map_err(|_| {
            Error::new(
                ErrorKind::Corrupt,
                "the journal of a rename can't be read: restore the folder from a backup",
            )
        })
    }

    /// Decides the change, and makes it: from here on it happens, whatever comes between.
    pub(super) fn carry_out(&self, pair: &Pair<'_>) -> Result<()> {
        if let Some(second) = &pair.second {
            let note = Self {
                stripes: self.stripes,
                files: Vec::new(),
            };
            second.replace(JOURNAL, &note.to_text()?)?;
        }
        pair.first.replace(JOURNAL, &self.to_text()?)?;
        // Who meets a failure from here on can't know: the next to look makes the change.
        self.make(pair)
            .map_err(|error| error.with_retry_class(RetryClass::OutcomeUnknown))
    }

    /// Makes a change that has been decided, from its start, and forgets it.
    fn make(&self, pair: &Pair<'_>) -> Result<()> {
        for Replacement { stripe, name, text } in &self.files {
            let side = pair.of(*stripe);
            match text {
                Some(text) => side.replace(name, text)?,
                None => side.remove(name)?,
            }
        }
        // The disk must have forgotten the journal before anybody writes again: it would undo that.
        pair.first.remove(JOURNAL)?;
        pair.second
            .as_ref()
            .map_or(Ok(()), |second| second.remove(JOURNAL))
    }

    /// Ends what somebody has begun and not ended: `self` is what was found in one of the stripes
    /// before their locks were taken.
    pub(super) fn settle(&self, pair: &Pair<'_>) -> Result<()> {
        if let Some(text) = pair.first.stripe().read(JOURNAL)? {
            let journal = Self::parse(&text)?;
            if journal.stripes == self.stripes && !journal.files.is_empty() {
                return journal.make(pair);
            }
        }
        // The note was written, and the journal never: nothing was decided.
        let Some(second) = &pair.second else {
            return Ok(());
        };
        match second.stripe().read(JOURNAL)? {
            Some(text) if Self::parse(&text)?.is_note_of(self) => second.remove(JOURNAL),
            Some(_) | None => Ok(()),
        }
    }

    fn is_note_of(&self, other: &Self) -> bool {
        self.files.is_empty() && self.stripes == other.stripes
    }

    fn to_text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "a journal can't be written as JSON")
                .with_source(error)
        })
    }
}
