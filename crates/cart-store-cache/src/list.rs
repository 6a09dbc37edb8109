//! The instances of an owner, and what gives back their room in the index.

use cart_core::{CartKey, Error, Instance, Owner};
use fred::types::Value;
use futures_util::future::{join_all, try_join_all};

use crate::answer::{list, members, text};
use crate::connection::Call;
use crate::failure::Failure;
use crate::key::{Place, Slot, index, members_of};
use crate::save::head_of;
use crate::scripts::{FORGET, LIST};
use crate::store::CacheCartStore;
use crate::value::{Flag, Head, corrupt, purged_before};
use crate::walk::Walk;

/// How many slots one call asks on a single server, and how many carts are looked at together.
pub(crate) const SLOTS: usize = 256;

impl CacheCartStore {
    pub(crate) async fn try_instances(&self, owner: &Owner) -> Result<Vec<Instance>, Failure> {
        let (slot, start) = members_of(owner);
        let members = self.members(slot, &start).await?;
        let now = self.now();
        let keys = members.iter().map(|member| CartKey::decode(member));
        let keys: Vec<CartKey> = keys.collect::<Result<_, _>>().map_err(|_| corrupt())?;
        let heads = keys.iter().map(|key| head_at(&self.place(key)));
        let heads = self.servers().call_each(heads.collect()).await?;
        let found = keys.into_iter().zip(heads).map(async |(cart, head)| {
            let is_live = match head_in(head)? {
                Some(head) if head.flag != Flag::Plain => {
                    let place = self.place(&cart);
                    let value = self.value(&place).await?;
                    let seen = self.look(&place, value).await?;
                    seen.is_some_and(|seen| seen.head.is_live(now))
                }
                Some(head) => head.is_live(now),
                None => false,
            };
            Ok::<_, Failure>(is_live.then(|| cart.instance().clone()))
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
        if self.servers().is_cluster() && slots.len() > 1 {
            return self.lists_in_a_row(slots, start).await;
        }
        // One server answers for all of its slots at once.
        let calls = slots.chunks(SLOTS).map(async |slots| {
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

    /// In a cluster a call has one slot, and only calls of several slots can go out together.
    async fn lists_in_a_row(
        &self,
        slots: &[Slot],
        start: &str,
    ) -> Result<Vec<Vec<String>>, Failure> {
        let calls = slots.iter().map(|slot| {
            let call = Call::new("ZRANGE").with(index(&self.shared.prefix, *slot));
            (*slot, call.with_number(0).with_number(-1))
        });
        let answers = self.servers().call_each(calls.collect()).await?;
        let lists = answers.into_iter().map(|answer| {
            let mut members = members(answer)?;
            members.retain(|member| member.starts_with(start));
            Ok(members)
        });
        lists.collect()
    }

    /// Takes carts that are gone out of the index, and finishes renames that somebody left. The
    /// server removes by itself what has expired, so nothing is counted.
    pub(crate) async fn try_sweep(&self, limit: usize) -> Result<usize, Failure> {
        if limit == 0 {
            return Ok(0);
        }
        let slots: Vec<Slot> = Slot::all_from(Slot::FIRST).collect();
        let mut walk = Walk::through(&slots);
        while let Some(slots) = walk.step() {
            let members = self.lists(slots, "").await?.concat();
            walk.note(members.len());
            for members in members.chunks(SLOTS) {
                let places = members.iter().map(|member| {
                    let member = member.to_owned();
                    Place::of_member(&self.shared.prefix, member)
                });
                let places: Vec<Place> = places.collect();
                let heads = places.iter().map(head_at).collect();
                let heads = self.servers().call_each(heads).await?;
                let places = places.iter().zip(heads);
                let tidied = places.map(|(place, head)| self.tidy(place, head));
                for tidied in join_all(tidied).await {
                    tidied?;
                }
            }
        }
        Ok(0)
    }

    async fn tidy(&self, place: &Place, head: Value) -> Result<(), Failure> {
        // A value that can't be read is left as it is.
        match head_in(head) {
            Ok(Some(head)) if head.flag != Flag::Plain => {
                self.wait_for_renames(place, &mut self.patience()).await
            }
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

/// Asks for the head of a cart's value.
fn head_at(place: &Place) -> (Slot, Call) {
    let end = (Head::LENGTH - 1).to_string();
    let call = Call::new("GETRANGE").with(place.value.clone());
    (place.slot, call.with("0").with(end))
}

/// The head that is the answer to [`head_at`].
fn head_in(answer: Value) -> Result<Option<Head>, Error> {
    head_of(&text(answer)?.unwrap_or_default())
}
