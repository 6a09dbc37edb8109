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

use cart_core::{Expect, Randomness, Rename, SystemRandomness, Verdict, Version};
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
        let [at_from, at_to] = [&source, &target].map(|value| value.head.stored(now));
        if *in_doubt {
            let found = [&source, &target].map(|value| value.head.version());
            match fate(rename, found, self.may_evict()) {
                Some(true) => return Ok(Outcome::Decided),
                Some(false) => *in_doubt = false,
                None => {}
            }
        }
        match rename.judge(&at_from, &at_to)? {
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

/// Whether a rename was made, as far as the versions that are `found` now can tell.
///
/// Those of a key only grow, so whoever finds one that isn't beyond what the rename wrote knows that it
/// never was. Where values may be evicted, one that is gone may have been there, and what came after it
/// begins anew: then only a side that is as it was tells that.
fn fate(rename: &Rename, found: [Option<Version>; 2], may_evict: bool) -> Option<bool> {
    let before = match rename.expect_to {
        Expect::Version(version) => Some(version),
        Expect::Absent | Expect::Any | Expect::Older => None,
    };
    let sides = [
        (Some(rename.expect_from), rename.tombstone.header.version),
        (before, rename.record.header.version),
    ];
    let mut sides = found.into_iter().zip(sides);
    if sides
        .clone()
        .any(|(found, (_, written))| found == Some(written))
    {
        return Some(true);
    }
    let is_before = |found: Option<Version>, before: Option<Version>, written: Version| {
        if may_evict {
            found.is_some() && found == before
        } else {
            found.is_none_or(|found| found.sequence() <= written.sequence())
        }
    };
    sides
        .any(|(found, (before, written))| is_before(found, before, written))
        .then_some(false)
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

#[cfg(test)]
mod tests {
    use cart_core::{CartKey, CartRecord, Instance, Owner, Timestamp};

    use super::*;

    fn version(sequence: u64, write: u64) -> Version {
        Version::new(sequence, write).unwrap()
    }

    fn rename() -> Rename {
        let key = |user| CartKey::new(Owner::user(user).unwrap(), Instance::default());
        let record =
            |sequence, write| CartRecord::new(version(sequence, write), Timestamp::from_millis(0));
        Rename {
            from: key("ann"),
            expect_from: version(4, 1),
            tombstone: record(5, 2),
            to: key("bob"),
            expect_to: Expect::Absent,
            record: record(6, 3),
        }
    }

    #[test]
    fn what_is_stored_tells_whether_a_rename_was_made_unless_both_sides_went_on() {
        let rename = rename();
        let cases = [
            (Some(version(5, 2)), Some(version(9, 9)), Some(true)),
            (Some(version(9, 9)), Some(version(6, 3)), Some(true)),
            (Some(version(4, 1)), None, Some(false)),
            (Some(version(5, 9)), Some(version(9, 9)), Some(false)),
            (Some(version(9, 9)), Some(version(6, 9)), Some(false)),
            (Some(version(9, 9)), None, Some(false)),
            (Some(version(6, 9)), Some(version(7, 9)), None),
        ];
        for (at_from, at_to, expected) in cases {
            let found = fate(&rename, [at_from, at_to], false);
            assert_eq!(found, expected, "{at_from:?}, {at_to:?}");
        }
    }

    #[test]
    fn where_values_are_evicted_what_is_gone_or_began_anew_tells_nothing() {
        let rename = rename();
        let cases = [
            (Some(version(5, 2)), None, Some(true)),
            (None, Some(version(6, 3)), Some(true)),
            (Some(version(4, 1)), None, Some(false)),
            (Some(version(9, 9)), None, None),
            (Some(version(1, 9)), None, None),
            (None, Some(version(9, 9)), None),
            (None, None, None),
        ];
        for (at_from, at_to, expected) in cases {
            let found = fate(&rename, [at_from, at_to], true);
            assert_eq!(found, expected, "{at_from:?}, {at_to:?}");
        }
    }
}
