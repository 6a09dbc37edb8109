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
//!
//! Nobody who waits for another rename has others wait for his own: a target that is in other hands
//! ends the attempt, and the next one begins when the target is free.

use cart_core::{Randomness, Rename, SystemRandomness, Verdict};
use futures_util::future::try_join;

use super::Patience;
use crate::answer::unexpected;
use crate::failure::Failure;
use crate::key::Place;
use crate::store::CacheCartStore;
use crate::value::{Attempt, Flag, Renaming, Step, Unflagged, encode};

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was decided, by whomever.
    Decided,
    /// It was given up, because the target isn't as it was, or is in other hands.
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
        let mut patience = self.patience();
        let mut in_doubt = false;
        loop {
            let tried = self.try_across(rename, [from, to], &mut in_doubt, &mut patience);
            let outcome = match Box::pin(tried).await {
                Ok(outcome) => outcome,
                // What others made of an earlier attempt can't be seen any more.
                Err(failure) if in_doubt => return Err(failure.of_unknown_outcome()),
                Err(failure) => return Err(failure),
            };
            match outcome {
                Outcome::Decided => return Ok(()),
                Outcome::GivenUp => patience.pause().await?,
                Outcome::Over => in_doubt = true,
            }
        }
    }

    /// One attempt. Whether an earlier one has ended in other hands is `in_doubt`.
    async fn try_across(
        &self,
        rename: &Rename,
        [from, to]: [&Place; 2],
        in_doubt: &mut bool,
        patience: &mut Patience,
    ) -> Result<Outcome, Failure> {
        let (source, target) = try_join(self.value(from), self.value(to)).await?;
        let source = self.unflagged(from, source, patience).await?;
        let target = self.unflagged(to, target, patience).await?;
        let now = self.now();
        let at_from = source.head.stored(now);
        if *in_doubt && at_from.version() == Some(rename.tombstone.header.version) {
            return Ok(Outcome::Decided);
        }
        match rename.judge(&at_from, &target.head.stored(now))? {
            Verdict::Keep => return Ok(Outcome::Decided),
            // The cart is where it was: no attempt has been decided.
            Verdict::Write => *in_doubt = false,
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
        let made = match self.flag(from, &source.beginning(), &prepared).await {
            Ok(true) => self.drive(from, &prepared, Some(target)).await,
            Ok(false) => return Ok(Outcome::GivenUp),
            Err(failure) => Err(failure),
        };
        match made {
            Ok(outcome) => Ok(outcome),
            Err(failure) => Err(self.call_off(from, &prepared, failure).await),
        }
    }

    /// Steps 2 to 5 of an attempt whose source is prepared. Anybody can make them; whoever has just
    /// seen the `target` says so.
    pub(super) async fn drive(
        &self,
        from: &Place,
        prepared: &Renaming,
        target: Option<Unflagged>,
    ) -> Result<Outcome, Failure> {
        let Step::Outgoing { to, tombstone, .. } = &prepared.step else {
            return Err(unexpected().into());
        };
        let key = to;
        let to = self.place(key);
        let Some(incoming) = self.prepare_target(from, &to, prepared, target).await? else {
            return Ok(if self.give_up(from, prepared).await? {
                Outcome::GivenUp
            } else {
                Outcome::Over
            });
        };
        let decided = Renaming {
            attempt: prepared.attempt,
            shown: tombstone.clone(),
            step: Step::Committed { to: key.clone() },
        };
        if !self.flag(from, &prepared.beginning()?, &decided).await? {
            // Whoever was quicker may not have come to the end.
            let value = self.value(from).await?;
            if attempt_of(value.as_deref())? != Some((Flag::Committed, prepared.attempt)) {
                self.drop_pending(&to, prepared.attempt).await?;
                return Ok(Outcome::Over);
            }
        }
        // It has happened: what is left to do, the next who writes to either cart does as well.
        let _ = self.finish_both(from, &decided, &to, &incoming).await;
        Ok(Outcome::Decided)
    }

    /// What a failure in the middle means: nothing was done if the attempt can be given up, and
    /// otherwise somebody may go on with it.
    async fn call_off(&self, from: &Place, prepared: &Renaming, failure: Failure) -> Failure {
        match self.give_up(from, prepared).await {
            Ok(true) => failure.without_effect(),
            Ok(false) | Err(_) => failure.of_unknown_outcome(),
        }
    }
}

/// The attempt that a value tells of, and its flag.
pub(super) fn attempt_of(value: Option<&str>) -> Result<Option<(Flag, Attempt)>, Failure> {
    let Some(text) = value else {
        return Ok(None);
    };
    match crate::save::head_of(text)?.map(|head| head.flag) {
        None | Some(Flag::Plain) => Ok(None),
        Some(flag) => Ok(Some((flag, Attempt::of(text)?))),
    }
}
