//! The one way in which a record is built and written.

use std::time::Duration;

use super::Carts;
use super::idempotency::IdempotencyKey;
use super::observer::Notice;
use crate::codec::{Ledger, decode_ledger, encode_ledger, encode_parts};
use crate::domain::{Cart, Event, Measure};
use crate::storage::{
    CartKey, CartRecord, CartStore, Conflict, Error, ErrorKind, Expect, Header, Operation,
    RecordState, Rename, Result, RetryClass, SaveRequest, Stored, Version,
};
use crate::time::Timestamp;

/// What became of a write.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is stored.
    Written,
    /// It is not, and can't be any more: something else is stored.
    Overtaken {
        /// The store's answer, with the current cart attached.
        conflict: Error,
        /// What is stored.
        current: Stored,
    },
}

/// One atomic write: of a record, or of both records of a rename.
#[derive(Clone, Copy, Debug)]
pub(super) enum Write<'a> {
    Rename(&'a Rename),
    Save(&'a SaveRequest),
}

impl<'a> Write<'a> {
    async fn attempt(self, store: &dyn CartStore) -> Result<()> {
        match self {
            Self::Rename(rename) => store.rename(rename).await,
            Self::Save(request) => store.save(request).await,
        }
    }

    /// The cart that the write is about; of a rename, what it becomes.
    fn key(self) -> &'a CartKey {
        match self {
            Self::Rename(rename) => &rename.to,
            Self::Save(request) => &request.key,
        }
    }

    /// The record that is stored under that key.
    fn record(self) -> &'a CartRecord {
        match self {
            Self::Rename(rename) => &rename.record,
            Self::Save(request) => &request.record,
        }
    }

    /// The cart that is gone after it.
    fn left_key(self) -> Option<&'a CartKey> {
        match self {
            Self::Rename(rename) => Some(&rename.from),
            Self::Save(_) => None,
        }
    }

    fn version(self) -> Version {
        self.record().header.version
    }
}

/// A deadline, and growing pauses on the way to it.
#[derive(Debug)]
pub(super) struct Patience {
    until: Timestamp,
    pause: Duration,
}

impl Patience {
    const FIRST_PAUSE: Duration = Duration::from_millis(2);
    /// Short, or who waits would hardly ever meet a moment at which a busy cart is free.
    const LONGEST_PAUSE: Duration = Duration::from_millis(20);

    pub(super) fn new(carts: &Carts) -> Self {
        let until = carts
            .shared
            .clock
            .now()
            .saturating_add(carts.shared.policy.deadline);
        Self {
            until,
            pause: Self::FIRST_PAUSE,
        }
    }

    /// Whether the deadline has not passed.
    pub(super) fn is_left(&self, carts: &Carts) -> bool {
        !self.until.since(carts.shared.clock.now()).is_zero()
    }

    /// Pauses for a random moment; `false`, at once, when the deadline has passed.
    pub(super) async fn wait(&mut self, carts: &Carts) -> bool {
        let left = self.until.since(carts.shared.clock.now());
        if left.is_zero() {
            return false;
        }
        let longest = u64::try_from(self.pause.as_micros())
            .unwrap_or(u64::MAX)
            .max(1);
        let jittered = Duration::from_micros(carts.shared.randomness.next() % longest);
        self.pause = (self.pause * 2).min(Self::LONGEST_PAUSE);
        carts.shared.clock.sleep(jittered.min(left)).await;
        true
    }
}

/// A cart on its way into a store: what it is, and what is stored before it.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) key: &'a CartKey,
    pub(super) cart: &'a Cart,
    pub(super) ledger: Ledger,
    pub(super) version: Version,
    pub(super) once: Option<&'a IdempotencyKey>,
    pub(super) base: &'a Stored,
    /// The cart that `base` holds, if it holds one: limits go by it.
    pub(super) base_cart: Option<&'a Cart>,
}

impl Carts {
    /// A version that no write has had before, following all of `stored`.
    pub(super) fn version_after(&self, stored: &[&Stored]) -> Result<Version> {
        let write_id = self.shared.randomness.next();
        match stored.iter().filter_map(|stored| stored.version()).max() {
            Some(version) => version.next(write_id),
            None => Ok(Version::first(write_id)),
        }
    }

    /// The record of a draft.
    pub(super) fn record(&self, draft: Draft<'_>) -> Result<CartRecord> {
        let Draft {
            key,
            cart,
            mut ledger,
            version,
            once,
            base,
            base_cart,
        } = draft;
        if let Stored::Tombstone(deleted) = base {
            ledger.note_write(*deleted);
        }
        ledger.note_write(version);
        if let Some(once) = once {
            ledger.note_keyed(once.write(version));
        }
        ledger.claims = cart.claims().to_vec();
        if let (Some(hand_over), Some(before)) = (&mut ledger.hand_over, base_cart) {
            hand_over.follow(before, cart);
        }
        let previous = previous(base);
        let now = self.shared.clock.now();
        let updated_at = previous.map_or(now, |header| header.updated_at.max(now));
        let mut record = CartRecord::new(version, updated_at);
        record.parts = encode_parts(cart)?;
        record.header.ledger = encode_ledger(&ledger)?;
        record.header.summary = cart.summary(&self.pricing())?;
        let claimed_until = record.header.summary.claimed_until;
        let policy = &self.shared.policy;
        record.header.expires_at = policy.next_expiry(key, previous, claimed_until, now);
        if let Some(previous) = previous {
            record.header.created_at = previous.created_at;
            record.header.marked = previous.marked;
        }
        let stored_size = match base {
            Stored::Live(stored) => stored.parts.size(),
            Stored::Missing | Stored::Tombstone(_) => 0,
        };
        let stored = base_cart.map(|cart| Measure::of(cart, stored_size as u64));
        let written = Measure::of(cart, record.parts.size() as u64);
        self.shared.limits.check(stored.as_ref(), &written)?;
        Ok(record)
    }

    /// The record of a cart that goes to `key`: its parts as they are, byte for byte.
    pub(super) fn moved(
        &self,
        key: &CartKey,
        source: &CartRecord,
        cart: &Cart,
        mut ledger: Ledger,
        version: Version,
    ) -> Result<CartRecord> {
        ledger.note_write(version);
        let now = self.shared.clock.now();
        let mut record = source.clone();
        let header = &mut record.header;
        header.version = version;
        header.ledger = encode_ledger(&ledger)?;
        header.updated_at = header.updated_at.max(now);
        header.summary = cart.summary(&self.pricing())?;
        let claimed_until = header.summary.claimed_until;
        let policy = &self.shared.policy;
        header.expires_at = policy.next_expiry(key, Some(&source.header), claimed_until, now);
        Ok(record)
    }

    /// The tombstone of a stored cart, under a version of its own, with what the cart held if that
    /// is `kept` for a while.
    pub(super) fn tombstone(
        &self,
        record: &CartRecord,
        kept: Option<Duration>,
    ) -> Result<CartRecord> {
        let now = self.shared.clock.now();
        let version = record.header.version.next(self.shared.randomness.next())?;
        let at = record.header.updated_at.max(now);
        let expires_at = Some(self.shared.policy.tombstone_expiry(kept, now));
        Ok(match kept {
            Some(_) => record.tombstone_with_content(version, at, expires_at),
            None => record.tombstone(version, at, expires_at),
        })
    }

    /// Makes a write, and finds out whether it was applied: also when a reply is lost, and when it
    /// was overtaken before anybody could tell. `first` is the answer to a first attempt that the
    /// caller has made itself.
    ///
    /// While the outcome is unknown, the same attempt is made again: that is safe, for a store
    /// answers `Ok` to what it holds already.
    pub(super) async fn commit(
        &self,
        write: Write<'_>,
        mut first: Option<Result<()>>,
        patience: &mut Patience,
    ) -> Result<Outcome> {
        for key in write.left_key().into_iter().chain([write.key()]) {
            self.shared.recent.forget(key);
        }
        let mut unknown: Option<Error> = None;
        loop {
            let answer = match first.take() {
                Some(answer) => answer,
                None => write.attempt(&*self.shared.store).await,
            };
            let Err(error) = answer else {
                return Ok(Outcome::Written);
            };
            match (error.kind(), error.retry_class()) {
                (ErrorKind::Conflict, _) => {
                    return self.judge_refusal(error, write, unknown).await;
                }
                // The source of a rename that was applied is gone.
                (ErrorKind::NotFound, _) if unknown.is_some() => {
                    return self.judge_refusal(error, write, unknown).await;
                }
                (_, RetryClass::OutcomeUnknown) => unknown = Some(error),
                // The first attempt may still have been applied: its answer stands.
                (_, RetryClass::NotApplied) if unknown.is_some() => {}
                (_, RetryClass::NotApplied | RetryClass::Permanent) => {
                    return Err(unknown.unwrap_or(error));
                }
            }
            if !patience.wait(self).await
                && let Some(unknown) = unknown
            {
                return Err(unknown);
            }
        }
    }

    /// Whether a refused write was applied after all, by an attempt whose reply was lost.
    ///
    /// When nobody can tell any more, the outcome stays unknown: making the edit again could double
    /// it, or bring back a cart that was deleted meanwhile.
    async fn judge_refusal(
        &self,
        mut refusal: Error,
        write: Write<'_>,
        unknown: Option<Error>,
    ) -> Result<Outcome> {
        // The conflict of a rename may be about its other side.
        let seen = match write {
            Write::Save(_) => refusal.conflict().and_then(Conflict::actual),
            Write::Rename(_) => None,
        };
        let current = match self.stored_at_least(write.key(), seen).await {
            Ok(current) => current,
            Err(error) => return Err(unknown.unwrap_or(error)),
        };
        // A layer underneath may have tried before, and says so by the class.
        let in_doubt = unknown.is_some() || refusal.retry_class() == RetryClass::OutcomeUnknown;
        match fate(write.version(), &current) {
            Fate::Applied => return Ok(Outcome::Written),
            Fate::NobodyKnows if in_doubt => {
                return Err(unknown.unwrap_or(refusal));
            }
            Fate::NobodyKnows | Fate::NotApplied => {}
        }
        // The conflict of a rename may be about the cart that it takes, and this is the other one.
        if let Write::Save(_) = write
            && let (Stored::Live(record), Some(details)) = (&current, refusal.conflict_mut())
        {
            details.attach(record.clone());
        }
        Ok(Outcome::Overtaken {
            conflict: refusal.with_retry_class(RetryClass::Permanent),
            current,
        })
    }

    /// The error of an edit, with where it happened.
    pub(super) fn failed(&self, error: Error) -> Error {
        error.during(Operation::Edit).in_store(&self.info().name)
    }

    /// Tells the observers what was acknowledged.
    pub(super) fn announce(&self, key: &CartKey, record: &Header, events: &[Event]) {
        let notice = Notice {
            key,
            version: record.version,
            at: record.updated_at,
            events,
        };
        for observer in &self.shared.observers {
            observer.notice(&notice);
        }
    }
}

/// The header that a new record follows, if a cart is stored.
fn previous(stored: &Stored) -> Option<&Header> {
    match stored {
        Stored::Live(record) => Some(&record.header),
        Stored::Missing | Stored::Tombstone(_) => None,
    }
}

/// What became of a write, as far as what is stored now can tell.
enum Fate {
    Applied,
    NobodyKnows,
    NotApplied,
}

/// Of all writes with one sequence, one at most was applied: the record and its notes tell which.
fn fate(version: Version, current: &Stored) -> Fate {
    let noted = match current {
        Stored::Live(record) => {
            decode_ledger(&record.header).map_or_else(|_| Vec::new(), |ledger| ledger.writes)
        }
        Stored::Missing | Stored::Tombstone(_) => Vec::new(),
    };
    let mut known = noted.into_iter().chain(current.version());
    match known.find(|known| known.sequence() == version.sequence()) {
        Some(known) if known == version => Fate::Applied,
        Some(_) => Fate::NotApplied,
        None => Fate::NobodyKnows,
    }
}

/// What must be stored for a write that follows `stored`.
pub(super) fn expectation(stored: &Stored) -> Expect {
    stored.version().map_or(Expect::Absent, Expect::Version)
}

/// The events of a write: what happened to the cart, between its making and its new state.
pub(super) fn framed(events: Vec<Event>, base: &Stored, record: &CartRecord) -> Vec<Event> {
    let summary = record.header.summary;
    let created = !matches!(base, Stored::Live(_));
    let first = created.then_some(Event::CartCreated { summary });
    let last = Event::CartUpdated { summary };
    first.into_iter().chain(events).chain([last]).collect()
}

/// Refuses to touch a cart that is moving, or has moved, to another store.
pub(super) fn check_at_home(stored: &Stored) -> Result<()> {
    match stored {
        Stored::Live(CartRecord { header, .. }) if header.state != RecordState::Live => {
            Err(Error::new(
                ErrorKind::Unavailable,
                "the cart is moving to another store: open the store that it moves to",
            )
            .with_retry_class(RetryClass::NotApplied))
        }
        _ => Ok(()),
    }
}
