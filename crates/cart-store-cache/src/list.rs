//! The instances of an owner, and what gives back their room in the index.

use cart_core::{CartKey, Instance, Owner};
use futures_util::future::{join_all, try_join_all};

use crate::answer::{list, members, text};
use crate::connection::Call;
use crate::failure::Failure;
use crate::key::{Place, Slot, index, members_of};
use crate::save::head_of;
use crate::scripts::{FORGET, LIST};
use crate::store::CacheCartStore;
use crate::value::{Flag, Head, corrupt, purged_before};

/// How many slots are asked at a time.
pub(crate) const SLOTS: usize = 256;

impl CacheCartStore {
    pub(crate) async fn try_instances(&self, owner: &Owner) -> Result<Vec<Instance>, Failure> {
        let (slot, start) = members_of(owner);
        let members = self.members(slot, &start).await?;
        let now = self.now();
        let found = members.into_iter().map(async |member| {
            let key = CartKey::decode(&member).map_err(|_| corrupt())?;
            let is_live = match self.head(&self.place(&key)).await? {
                Some(head) if head.flag != Flag::Plain => {
                    let place = self.place(&key);
                    let value = self.value(&place).await?;
                    let settled = self.look(&place, value).await?;
                    settled.is_some_and(|held| held.head.is_live(now))
                }
                Some(head) => head.is_live(now),
                None => false,
            };
            Ok::<_, Failure>(is_live.then(|| key.instance().clone()))
        });
        let found = try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The members of a slot's index that begin with `start`.
    async fn members(&self, slot: Slot, start: &str) -> Result<Vec<String>, Failure> {
        let lists = self.lists(&[slot], start).await?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// The members of these slots' indexes that begin with `start`, for each slot.
    pub(crate) async fn lists(
        &self,
        slots: &[Slot],
        start: &str,
    ) -> Result<Vec<Vec<String>>, Failure> {
        // One server answers for all of its slots at once; in a cluster, a call has one slot.
        let together = if self.servers().is_cluster() {
            1
        } else {
            SLOTS
        };
        let calls = slots.chunks(together).map(async |slots| {
            let indexes = slots.iter().map(|slot| index(&self.shared.prefix, *slot));
            let start = vec![start.to_owned().into()];
            let answer = self
                .servers()
                .run(slots[0], &LIST, indexes.collect(), start);
            let lists = list(answer.await?)?.into_iter().map(members);
            Ok::<Vec<_>, Failure>(lists.collect::<Result<_, _>>()?)
        });
        Ok(try_join_all(calls).await?.concat())
    }

    /// The head of a cart's value.
    async fn head(&self, place: &Place) -> Result<Option<Head>, Failure> {
        let end = (Head::LENGTH - 1).to_string();
        let call = Call::new("GETRANGE").with(place.value.clone());
        let head = self.servers().call(place.slot, call.with("0").with(end));
        Ok(head_of(&text(head.await?)?.unwrap_or_default())?)
    }

    /// Takes carts that are gone out of the index, and finishes renames that somebody left. The
    /// server removes by itself what has expired, so nothing is counted.
    pub(crate) async fn try_sweep(&self, limit: usize) -> Result<usize, Failure> {
        if limit == 0 {
            return Ok(0);
        }
        let slots: Vec<Slot> = Slot::all_from(Slot::FIRST).collect();
        for slots in slots.chunks(SLOTS) {
            let members = self.lists(slots, "").await?.concat();
            for members in members.chunks(SLOTS) {
                let tidied = members.iter().map(|member| self.tidy(member));
                for tidied in join_all(tidied).await {
                    tidied?;
                }
            }
        }
        Ok(0)
    }

    async fn tidy(&self, member: &str) -> Result<(), Failure> {
        let place = Place::of_member(&self.shared.prefix, member.to_owned());
        // A value that can't be read is left as it is.
        match self.head(&place).await {
            Ok(Some(head)) if head.flag != Flag::Plain => self.settle_now(&place).await,
            Ok(None) => {
                let arguments = vec![place.member.clone(), purged_before(self.now())];
                let forgotten = self
                    .servers()
                    .run(place.slot, &FORGET, place.keys(), arguments);
                forgotten.await.map(drop)
            }
            Ok(Some(_)) | Err(_) => Ok(()),
        }
    }
}
