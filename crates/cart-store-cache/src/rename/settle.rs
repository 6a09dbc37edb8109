//! What others do who come across a rename: reads see through it, and writes wait for it, or go on
//! with it when nobody else does.

use fred::bytes_utils::Str;

use super::across::attempt_of;
use super::{LOOKS, Patience, busy};
use crate::failure::Failure;
use crate::key::Place;
use crate::store::CacheCartStore;
use crate::value::{Flag, Held, Renaming, Step, Unflagged, read};

/// What the source of a rename tells of it.
enum Standing {
    /// Not decided; this is the source's value.
    Undecided(Str),
    Decided,
    /// The attempt has ended, one way or the other.
    Over,
}

impl CacheCartStore {
    /// What the value of a cart holds. Nothing is changed: what a rename has decided counts, and what
    /// it hasn't doesn't.
    pub(crate) async fn look(
        &self,
        place: &Place,
        mut value: Option<Str>,
    ) -> Result<Option<Held>, Failure> {
        for _ in 0..LOOKS {
            let Some(text) = value else {
                return Ok(None);
            };
            let held = read(&text)?;
            if held.head.flag != Flag::Incoming {
                return Ok(Some(held));
            }
            // Whether the cart to come counts, only its source knows.
            let incoming = Renaming::read(&text)?;
            let Step::Incoming { from, record } = &incoming.step else {
                return Ok(Some(held));
            };
            match self.standing(&self.place(from), &incoming).await? {
                Standing::Undecided(_) => return Ok(Some(held)),
                Standing::Decided => return Ok(Some(record.held()?)),
                Standing::Over => {}
            }
            value = self.value(place).await?;
            let left = Some((Flag::Incoming, incoming.attempt));
            // Somebody woke up late, and has put there what is over.
            if attempt_of(value.as_deref())? == left {
                return Ok(Some(held));
            }
        }
        Err(busy())
    }

    /// The value of a cart once no rename has it in its hands. `value` is what it was a moment ago.
    /// An attempt that nobody goes on with is settled.
    pub(crate) async fn unflagged(
        &self,
        place: &Place,
        mut value: Option<Str>,
        patience: &mut Patience,
    ) -> Result<Unflagged, Failure> {
        loop {
            let text = value.as_deref().unwrap_or_default();
            let Some((_, attempt)) = attempt_of(value.as_deref())? else {
                return Ok(Unflagged::read(text.as_bytes())?);
            };
            if patience.is_over_with(attempt).await? {
                self.settle(place, text).await?;
            }
            value = self.value(place).await?;
        }
    }

    /// Waits until no rename has a cart in its hands, as [`CacheCartStore::unflagged`].
    pub(crate) async fn wait_for_renames(
        &self,
        place: &Place,
        patience: &mut Patience,
    ) -> Result<(), Failure> {
        let value = self.value(place).await?;
        self.unflagged(place, value, patience).await.map(drop)
    }

    /// Settles the rename that the value `text` tells of: finishes it, or takes away what one that
    /// is over has left.
    async fn settle(&self, place: &Place, text: &str) -> Result<(), Failure> {
        self.shared.counters.renames_settled.count();
        let renaming = Renaming::read(text)?;
        match &renaming.step {
            Step::Outgoing { .. } => self.go_on(place, &renaming).await,
            Step::Committed { to } => self.finish(place, &self.place(to), renaming.attempt).await,
            Step::Incoming { from, .. } => {
                let from = self.place(from);
                match self.standing(&from, &renaming).await? {
                    Standing::Undecided(text) => self.go_on(&from, &Renaming::read(&text)?).await,
                    Standing::Decided => self.finish(&from, place, renaming.attempt).await,
                    Standing::Over => self.drop_pending(place, renaming.attempt).await,
                }
            }
        }
    }

    /// Makes the steps that are left of an attempt that isn't decided; gives it up when they can't be
    /// made, so that it isn't in the way for as long as the target's server is away.
    async fn go_on(&self, from: &Place, prepared: &Renaming) -> Result<(), Failure> {
        if let Err(failure) = self.drive(from, prepared, None).await
            && !self.give_up(from, prepared).await?
        {
            return Err(failure);
        }
        Ok(())
    }

    /// What the source of a rename that has prepared its target tells of it.
    async fn standing(&self, from: &Place, incoming: &Renaming) -> Result<Standing, Failure> {
        let value = self.value(from).await?;
        Ok(match (attempt_of(value.as_deref())?, value) {
            (Some((Flag::Outgoing, attempt)), Some(text)) if attempt == incoming.attempt => {
                Standing::Undecided(text)
            }
            (Some((Flag::Committed, attempt)), _) if attempt == incoming.attempt => {
                Standing::Decided
            }
            _ => Standing::Over,
        })
    }
}
