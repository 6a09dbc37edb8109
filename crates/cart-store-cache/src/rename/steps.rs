//! The steps of a rename across slots, each a value that takes the place of another.

use bytes::Bytes;
use fred::types::Value;

use super::across::attempt_of;
use crate::answer::unexpected;
use crate::failure::Failure;
use crate::key::Place;
use crate::scripts::SWAP;
use crate::store::CacheCartStore;
use crate::value::{Attempt, Flag, Lifetime, Renaming, Step, Unflagged, purged_before};

impl CacheCartStore {
    /// Step 2: prepares the target, or finds it prepared by somebody else for the same attempt. Nothing
    /// when it isn't as it was, or is in the hands of another rename.
    pub(super) async fn prepare_target(
        &self,
        from: &Place,
        to: &Place,
        prepared: &Renaming,
        mut seen: Option<Unflagged>,
    ) -> Result<Option<Renaming>, Failure> {
        let Step::Outgoing {
            expected, record, ..
        } = &prepared.step
        else {
            return Err(unexpected().into());
        };
        let mut patience = self.patience();
        loop {
            let target = if let Some(target) = seen.take() {
                target
            } else {
                let value = self.value(to).await?;
                let text = value.as_deref().unwrap_or_default();
                match attempt_of(value.as_deref())? {
                    None => Unflagged::read(text.as_bytes())?,
                    Some((Flag::Incoming, attempt)) if attempt == prepared.attempt => {
                        return Ok(Some(Renaming::read(text)?));
                    }
                    Some((_, other)) => {
                        let renaming = Renaming::read(text)?;
                        if !goes_first(from, to, &renaming)? {
                            return Ok(None);
                        }
                        // Whoever comes second gives way, if he is there.
                        if patience.is_over_with(other).await? {
                            self.give_up(to, &renaming).await?;
                        }
                        continue;
                    }
                }
            };
            if target.beginning() != *expected {
                return Ok(None);
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
                return Ok(Some(incoming));
            }
        }
    }

    /// Steps 4 and 5 of an attempt that is decided, for whoever has made the steps before.
    pub(super) async fn finish_both(
        &self,
        from: &Place,
        decided: &Renaming,
        to: &Place,
        incoming: &Renaming,
    ) -> Result<(), Failure> {
        if let Step::Incoming { record, .. } = &incoming.step {
            self.unflag(to, incoming, record).await?;
        }
        self.unflag(from, decided, &decided.shown).await.map(drop)
    }

    /// Steps 4 and 5 of an attempt that is decided, for whoever comes across it.
    pub(super) async fn finish(
        &self,
        from: &Place,
        to: &Place,
        attempt: Attempt,
    ) -> Result<(), Failure> {
        if let Some(incoming) = self.pending(to, attempt).await?
            && let Step::Incoming { record, .. } = &incoming.step
        {
            self.unflag(to, &incoming, record).await?;
        }
        let value = self.value(from).await?;
        if let Some(text) = value.as_deref()
            && attempt_of(Some(text))? == Some((Flag::Committed, attempt))
        {
            let decided = Renaming::read(text)?;
            self.unflag(from, &decided, &decided.shown).await?;
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
            // What may be left at the target counts for nothing, and the next writer removes it.
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

    /// What an attempt has left at its target, if it is still there.
    async fn pending(&self, to: &Place, attempt: Attempt) -> Result<Option<Renaming>, Failure> {
        let value = self.value(to).await?;
        match value.as_deref() {
            Some(text) if attempt_of(Some(text))? == Some((Flag::Incoming, attempt)) => {
                Ok(Some(Renaming::read(text)?))
            }
            _ => Ok(None),
        }
    }

    /// Puts a value with a flag in the place of one that begins so. Whether there was one.
    pub(super) async fn flag(
        &self,
        place: &Place,
        beginning: &Bytes,
        renaming: &Renaming,
    ) -> Result<bool, Failure> {
        let lifetime = Lifetime::until(renaming.expires_at(), self.now());
        let value = renaming.encode()?;
        self.swap(place, beginning.clone(), value, lifetime).await
    }

    /// Puts a value without a flag in the place of one with this flag. Whether there was one.
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

    /// Puts a value in the place of one that begins so. Whether there was one.
    pub(crate) async fn swap(
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
}

/// Whether a rename from `from` goes before the one that its target `to` is in the middle of: only
/// when each is on its way to the other's source, and of those the one with the smaller source.
fn goes_first(from: &Place, to: &Place, other: &Renaming) -> Result<bool, Failure> {
    let Step::Outgoing { to: aim, .. } = &other.step else {
        return Ok(false);
    };
    Ok(*aim == from.key()? && from.member < to.member)
}
