//! Going on with a rename that somebody else has begun.

use std::future::Future;
use std::pin::Pin;

use super::across::{Outcome, attempt_at};
use crate::failure::Failure;
use crate::key::Place;
use crate::store::CacheCartStore;
use crate::value::{Flag, Renaming, Step};

impl CacheCartStore {
    /// Settles the rename that a cart is in the middle of, if it is.
    pub(crate) async fn settle_now(&self, place: &Place) -> Result<(), Failure> {
        match self.value(place).await? {
            Some(text) if attempt_at(&text)?.is_some() => self.settle(place, &text).await,
            _ => Ok(()),
        }
    }

    /// Settles the rename that the value `text` tells of: finishes it, or takes away what one that
    /// was given up has left.
    pub(crate) async fn settle(&self, place: &Place, text: &str) -> Result<(), Failure> {
        self.shared.counters.renames_settled.count();
        let renaming = Renaming::read(text)?;
        match &renaming.step {
            Step::Outgoing { .. } => {
                self.carry_on(place, &renaming).await?;
            }
            Step::Committed { to } => {
                let to = self.place(to);
                self.finish(place, &to, renaming.attempt, None).await?;
            }
            Step::Incoming { from, .. } => {
                let from = self.place(from);
                let value = self.value(&from).await?;
                match value.as_deref() {
                    Some(text) if attempt_at(text)? == Some((Flag::Outgoing, renaming.attempt)) => {
                        let prepared = Renaming::read(text)?;
                        self.carry_on(&from, &prepared).await?;
                    }
                    Some(text)
                        if attempt_at(text)? == Some((Flag::Committed, renaming.attempt)) =>
                    {
                        self.finish(&from, place, renaming.attempt, None).await?;
                    }
                    // An attempt is prepared at its source first and ends there last: it is over.
                    _ => self.drop_pending(place, renaming.attempt).await?,
                }
            }
        }
        Ok(())
    }

    /// Makes the steps that are left; boxed, since a rename may have to settle another that is in
    /// its way.
    fn carry_on<'a>(
        &'a self,
        from: &'a Place,
        prepared: &'a Renaming,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, Failure>> + Send + 'a>> {
        Box::pin(self.drive(from, prepared))
    }

    /// Clears the way for a rename from `from` whose target `to` is in the middle of another one.
    ///
    /// Two renames that want to leave for each other's source would wait for each other, and so
    /// would more of them in a ring: of two, the one with the smaller source goes first, and the
    /// other is given up.
    pub(super) async fn make_way(
        &self,
        from: &Place,
        to: &Place,
        text: &str,
    ) -> Result<(), Failure> {
        let other = Renaming::read(text)?;
        if matches!(other.step, Step::Outgoing { .. }) && from.member < to.member {
            self.give_up(to, &other).await?;
            return Ok(());
        }
        self.settle(to, text).await
    }
}
