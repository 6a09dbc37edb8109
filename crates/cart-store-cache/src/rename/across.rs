//! Keys on two servers: a rename in steps, decided in one of them.
//!
//! 1. *Prepare the source*: the cart stays readable; behind it stands all that is to be done.
//! 2. *Prepare the target*: what is there stays readable; behind it stands the cart to come.
//! 3. *Decide*, at the source: the tombstone takes the cart's place. From here on it has happened.
//! 4. *Finish the target*: the cart to come takes its place.
//! 5. *Finish the source*: the notes go.
//!
//! Each step replaces a value that still begins as it did: with its version, its flag, and the
//! number of this attempt, which no other has. So a step is made once, whoever makes it, and a
//! client that wakes up late changes nothing. Before the decision, an attempt can be given up at
//! its source; then it can never be decided.

use bytes::Bytes;
use cart_core::{Randomness, Rename, SystemRandomness, Verdict};
use fred::bytes_utils::Str;
use fred::types::Value;

use super::{LOOKS, busy};
use crate::answer::unexpected;
use crate::failure::Failure;
use crate::key::Place;
use crate::save::head_of;
use crate::scripts::SWAP;
use crate::store::CacheCartStore;
use crate::value::{Attempt, Flag, Lifetime, Renaming, Step, Unflagged, encode, purged_before};

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was decided, by whomever.
    Decided,
    /// It was given up, because the target isn't as it was.
    GivenUp,
    /// It is over: somebody else has finished it, or given it up.
    Over,
}

impl CacheCartStore {
    pub(super) async fn rename_across(
        &self,
        rename: &Rename,
        from: &Place,
        to: &Place,
    ) -> Result<(), Failure> {
        let mut outcome = None;
        for _ in 0..LOOKS {
            let now = self.now();
            let (Some(source), Some(target)) = (self.settled(from).await?, self.settled(to).await?)
            else {
                continue;
            };
            let at_from = source.head.stored(now);
            // Another client went on with this rename, and came to its end.
            let is_done = at_from.version() == Some(rename.tombstone.header.version);
            if outcome == Some(Outcome::Over) && is_done {
                return Ok(());
            }
            match rename.judge(&at_from, &target.head.stored(now))? {
                Verdict::Keep => return Ok(()),
                Verdict::Write => {}
            }
            let prepared = Renaming {
                attempt: Attempt(SystemRandomness.next()),
                step: Step::Outgoing {
                    to: rename.to.clone(),
                    expected: target.beginning(),
                    tombstone: Unflagged::read(&encode(&rename.tombstone)?)?,
                    record: Unflagged::read(&encode(&rename.record)?)?,
                },
                shown: source.clone(),
            };
            if !self.prepare(from, &source, &prepared).await? {
                continue;
            }
            match self.drive(from, &prepared).await {
                Ok(Outcome::Decided) => return Ok(()),
                Ok(over) => outcome = Some(over),
                Err(failure) => return Err(self.call_off(from, &prepared, failure).await),
            }
        }
        Err(busy())
    }

    /// Step 1. Whether the source was still as it was.
    pub(super) async fn prepare(
        &self,
        from: &Place,
        source: &Unflagged,
        prepared: &Renaming,
    ) -> Result<bool, Failure> {
        self.flag(from, &source.beginning(), prepared).await
    }

    /// Steps 2 to 5 of an attempt whose source is prepared. Anybody can make them.
    pub(super) async fn drive(
        &self,
        from: &Place,
        prepared: &Renaming,
    ) -> Result<Outcome, Failure> {
        let Step::Outgoing { to, tombstone, .. } = &prepared.step else {
            return Err(unexpected().into());
        };
        let to = self.place(to);
        if !self.prepare_target(from, &to, prepared).await? {
            return Ok(if self.give_up(from, prepared).await? {
                Outcome::GivenUp
            } else {
                Outcome::Over
            });
        }
        if !self.decide(from, prepared).await? {
            // Whoever was quicker may not have come to the end.
            let value = self.value(from).await?;
            match value.as_deref().map(attempt_at).transpose()? {
                Some(Some((Flag::Committed, attempt))) if attempt == prepared.attempt => {}
                _ => {
                    self.drop_pending(&to, prepared.attempt).await?;
                    return Ok(Outcome::Over);
                }
            }
        }
        // It has happened: what is left to do, the next who looks at either cart does as well.
        let _ = self
            .finish(from, &to, prepared.attempt, Some(tombstone))
            .await;
        Ok(Outcome::Decided)
    }

    /// Step 2. Whether the target is prepared for this attempt, by whomever.
    async fn prepare_target(
        &self,
        from: &Place,
        to: &Place,
        prepared: &Renaming,
    ) -> Result<bool, Failure> {
        let Step::Outgoing {
            expected, record, ..
        } = &prepared.step
        else {
            return Err(unexpected().into());
        };
        for _ in 0..LOOKS {
            let value = self.value(to).await?;
            let target = match value.as_deref() {
                Some(text) => match attempt_at(text)? {
                    Some((Flag::Incoming, attempt)) if attempt == prepared.attempt => {
                        return Ok(true);
                    }
                    Some(_) => {
                        self.make_way(from, to, text).await?;
                        continue;
                    }
                    None => Unflagged::read(text.as_bytes())?,
                },
                None => Unflagged::NONE,
            };
            if target.beginning() != *expected {
                return Ok(false);
            }
            let incoming = Renaming {
                attempt: prepared.attempt,
                shown: target,
                step: Step::Incoming {
                    from: from.key()?,
                    record: record.clone(),
                },
            };
            if self.flag(to, expected, &incoming).await? {
                return Ok(true);
            }
        }
        Err(busy())
    }

    /// Step 3. Whether this call decided it.
    pub(super) async fn decide(&self, from: &Place, prepared: &Renaming) -> Result<bool, Failure> {
        let Step::Outgoing { to, tombstone, .. } = &prepared.step else {
            return Err(unexpected().into());
        };
        let decided = Renaming {
            attempt: prepared.attempt,
            shown: tombstone.clone(),
            step: Step::Committed { to: to.clone() },
        };
        self.flag(from, &prepared.beginning()?, &decided).await
    }

    /// Steps 4 and 5 of an attempt that is decided.
    pub(super) async fn finish(
        &self,
        from: &Place,
        to: &Place,
        attempt: Attempt,
        tombstone: Option<&Unflagged>,
    ) -> Result<(), Failure> {
        if let Some(incoming) = self.pending(to, attempt).await?
            && let Step::Incoming { record, .. } = &incoming.step
        {
            self.unflag(to, &incoming, record).await?;
        }
        let value = self.value(from).await?;
        if let Some(text) = value.as_deref()
            && attempt_at(text)? == Some((Flag::Committed, attempt))
        {
            let decided = Renaming::read(text)?;
            let shown = tombstone.unwrap_or(&decided.shown);
            self.unflag(from, &decided, shown).await?;
        }
        Ok(())
    }

    /// Gives up an attempt that isn't decided: first at the source, so that it can't be any more.
    /// Whether that was this call.
    pub(super) async fn give_up(&self, from: &Place, prepared: &Renaming) -> Result<bool, Failure> {
        if !self.unflag(from, prepared, &prepared.shown).await? {
            return Ok(false);
        }
        if let Step::Outgoing { to, .. } = &prepared.step {
            // What may be left at the target counts for nothing, and the next who looks removes it.
            let _ = self.drop_pending(&self.place(to), prepared.attempt).await;
        }
        Ok(true)
    }

    /// Removes what an attempt that was given up has left at its target.
    pub(super) async fn drop_pending(&self, to: &Place, attempt: Attempt) -> Result<(), Failure> {
        if let Some(incoming) = self.pending(to, attempt).await? {
            self.unflag(to, &incoming, &incoming.shown).await?;
        }
        Ok(())
    }

    /// What a failure in the middle means: nothing was done if the attempt can be given up, and
    /// otherwise somebody may go on with it.
    async fn call_off(&self, from: &Place, prepared: &Renaming, failure: Failure) -> Failure {
        match self.give_up(from, prepared).await {
            Ok(true) => failure.without_effect(),
            Ok(false) | Err(_) => failure.of_unknown_outcome(),
        }
    }

    /// What an attempt has left at its target, if it is still there.
    async fn pending(&self, to: &Place, attempt: Attempt) -> Result<Option<Renaming>, Failure> {
        let value = self.value(to).await?;
        match value.as_deref() {
            Some(text) if attempt_at(text)? == Some((Flag::Incoming, attempt)) => {
                Ok(Some(Renaming::read(text)?))
            }
            _ => Ok(None),
        }
    }

    /// Puts a value with a flag in the place of one that begins so.
    async fn flag(
        &self,
        place: &Place,
        beginning: &Bytes,
        renaming: &Renaming,
    ) -> Result<bool, Failure> {
        let lifetime = Lifetime::until(renaming.expires_at(), self.now());
        let value = renaming.encode()?;
        self.swap(place, beginning.clone(), value, lifetime).await
    }

    /// Puts a value without a flag in the place of one with this flag.
    async fn unflag(
        &self,
        place: &Place,
        renaming: &Renaming,
        value: &Unflagged,
    ) -> Result<bool, Failure> {
        let lifetime = Lifetime::until(value.head.expires_at, self.now());
        let bytes = value.bytes.clone();
        self.swap(place, renaming.beginning()?, bytes, lifetime)
            .await
    }

    async fn swap(
        &self,
        place: &Place,
        beginning: Bytes,
        value: Bytes,
        lifetime: Lifetime,
    ) -> Result<bool, Failure> {
        let arguments = vec![
            beginning,
            value,
            lifetime.milliseconds,
            lifetime.score,
            place.member.clone(),
            purged_before(self.now()),
        ];
        let swapped = self
            .servers()
            .run(place.slot, &SWAP, place.keys(), arguments);
        match swapped.await? {
            Value::Integer(done) => Ok(done == 1),
            _ => Err(unexpected().into()),
        }
    }

    /// The value of a cart without a flag; nothing when there was one, which is settled now.
    async fn settled(&self, place: &Place) -> Result<Option<Unflagged>, Failure> {
        let value: Option<Str> = self.value(place).await?;
        let Some(text) = value else {
            return Ok(Some(Unflagged::NONE));
        };
        if attempt_at(&text)?.is_some() {
            self.settle(place, &text).await?;
            return Ok(None);
        }
        Ok(Some(Unflagged::read(text.as_bytes())?))
    }
}

/// The attempt that a value tells of, and its flag.
pub(super) fn attempt_at(text: &str) -> Result<Option<(Flag, Attempt)>, Failure> {
    match head_of(text)?.map(|head| head.flag) {
        None | Some(Flag::Plain) => Ok(None),
        Some(flag) => Ok(Some((flag, Attempt::of(text)?))),
    }
}
