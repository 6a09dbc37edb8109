//! A call and its answer, as a layer sees them.

use std::sync::Arc;

use cart_core::{
    CartLock, Error, Fingerprint, Health, Instance, Operation, Owner, Result, SaveRequest,
    ScanPage, Stored,
};

/// One call of a store.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The name of the store.
    pub store: &'a Arc<str>,
    /// What is being done. A save under a lock is a [`Operation::Save`] too.
    pub operation: Operation,
    /// What the call is about.
    pub subject: Subject<'a>,
}

/// What a call is about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Several records, each on its own.
    Batch(&'a [SaveRequest]),
    /// The carts of one owner; of a rename, the owner that the cart leaves.
    Owner(&'a Owner),
    /// The whole store.
    Store,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(
        store: &'a Arc<str>,
        operation: Operation,
        subject: Subject<'a>,
    ) -> Self {
        Self {
            store,
            operation,
            subject,
        }
    }

    /// Whether the call may change what is stored.
    pub const fn writes(&self) -> bool {
        matches!(
            self.operation,
            Operation::Rename
                | Operation::Save
                | Operation::SaveMany
                | Operation::Sweep
                | Operation::Unmark
        )
    }

    /// The stand-in for the owner, when the call is about one.
    pub fn owner(&self) -> Option<Fingerprint> {
        match self.subject {
            Subject::Owner(owner) => Some(owner.fingerprint()),
            Subject::Batch(_) | Subject::Store => None,
        }
    }

    /// How many records a batch holds.
    pub const fn batch_size(&self) -> Option<usize> {
        match self.subject {
            Subject::Batch(batch) => Some(batch.len()),
            Subject::Owner(_) | Subject::Store => None,
        }
    }

    /// Every error of the answer with its owner: that of the call, or those of a batch's entries.
    pub(crate) fn errors<'e, T: Answer>(
        &self,
        answer: &'e Result<T>,
    ) -> Vec<(Option<Fingerprint>, &'e Error)> {
        match (answer, self.subject) {
            (Err(error), _) => vec![(self.owner(), error)],
            (Ok(answer), Subject::Batch(batch)) => {
                let Content::Entries(entries) = answer.content() else {
                    return Vec::new();
                };
                let failed = |(request, entry): (&SaveRequest, &'e Result<()>)| {
                    let error = entry.as_ref().err()?;
                    Some((Some(request.key.owner().fingerprint()), error))
                };
                batch.iter().zip(entries).filter_map(failed).collect()
            }
            (Ok(_), Subject::Owner(_) | Subject::Store) => Vec::new(),
        }
    }
}

/// What a store answers when a call works: one implementation for each type in
/// [`CartStore`](cart_core::CartStore) and [`CartLock`].
pub trait Answer: Send {
    /// What the answer tells a layer.
    fn content(&self) -> Content<'_>;
}

/// What an answer tells a layer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Content<'a> {
    /// So many carts, instances or records.
    Count(usize),
    /// The answers to a batch, one for each entry.
    Entries(&'a [Result<()>]),
    /// No more than that the call worked.
    Nothing,
    /// What is stored under a key.
    Stored(&'a Stored),
}

impl Answer for () {
    fn content(&self) -> Content<'_> {
        Content::Nothing
    }
}

impl Answer for Health {
    fn content(&self) -> Content<'_> {
        Content::Nothing
    }
}

impl Answer for Stored {
    fn content(&self) -> Content<'_> {
        Content::Stored(self)
    }
}

impl Answer for Box<dyn CartLock> {
    fn content(&self) -> Content<'_> {
        Content::Stored(self.stored())
    }
}

impl Answer for Vec<Result<()>> {
    fn content(&self) -> Content<'_> {
        Content::Entries(self)
    }
}

impl Answer for Vec<Instance> {
    fn content(&self) -> Content<'_> {
        Content::Count(self.len())
    }
}

impl Answer for ScanPage {
    fn content(&self) -> Content<'_> {
        Content::Count(self.entries.len())
    }
}

impl Answer for usize {
    fn content(&self) -> Content<'_> {
        Content::Count(*self)
    }
}

/// How a call ended, in one word: what was found, or the kind of error.
pub(crate) fn outcome<T: Answer>(answer: &Result<T>) -> &'static str {
    match answer.as_ref().map(Answer::content) {
        Err(error) => error.kind().as_str(),
        Ok(Content::Stored(Stored::Missing)) => "missing",
        Ok(Content::Stored(Stored::Tombstone(_))) => "tombstone",
        Ok(Content::Entries(entries)) if entries.iter().any(Result::is_err) => "partial",
        Ok(_) => "ok",
    }
}
