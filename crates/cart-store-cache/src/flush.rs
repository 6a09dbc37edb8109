//! Removing everything.

use cart_core::{CartKey, Operation, Result};
use futures_util::future::try_join_all;

use crate::answer::unexpected;
use crate::failure::Failure;
use crate::key::{Place, Slot};
use crate::list::SLOTS;
use crate::scripts::REMOVE;
use crate::store::CacheCartStore;
use crate::walk::Walk;

impl CacheCartStore {
    /// Removes every cart under the store's prefix, deleted ones and unfinished renames included, and
    /// tells how many values that were.
    ///
    /// Keys of anybody else stay, under whatever name: only what the indexes list is removed, and not
    /// one key is looked for. So a cart stays whose index was lost, until its next write. What is
    /// written meanwhile may stay or go.
    ///
    /// No tombstones are left. A client that still has a cart finds that it is gone.
    ///
    /// # Errors
    ///
    /// Those of a save, such as `Unavailable` and `Denied`; a part may be removed then.
    ///
    /// # Cancel safety
    ///
    /// A part is removed.
    pub async fn flush(&self) -> Result<u64> {
        let flushed = self.try_flush().await;
        flushed.map_err(self.failed(Operation::Sweep))
    }

    async fn try_flush(&self) -> Result<u64, Failure> {
        let mut removed = 0;
        let slots: Vec<Slot> = Slot::all_from(Slot::FIRST).collect();
        let mut walk = Walk::through(&slots);
        while let Some(slots) = walk.step() {
            let mut members = self.lists(slots, "").await?.concat();
            walk.note(members.len());
            // A member that is no key was put there by somebody else.
            members.retain(|member| CartKey::decode(member).is_ok());
            for members in members.chunks(SLOTS) {
                let counts = members.iter().map(|member| self.remove(member.clone()));
                removed += try_join_all(counts).await?.into_iter().sum::<u64>();
            }
        }
        Ok(removed)
    }

    async fn remove(&self, member: String) -> Result<u64, Failure> {
        let place = Place::of_member(&self.shared.prefix, member);
        let arguments = vec![place.member.clone()];
        let removed = self
            .servers()
            .run(place.slot, &REMOVE, place.keys(), arguments);
        let removed = removed.await?.as_u64();
        removed.ok_or_else(|| unexpected().into())
    }
}
