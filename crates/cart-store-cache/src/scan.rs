//! Lists of carts, page by page: slot by slot, and by their members within a slot.

use cart_core::{CartKey, Cursor, Detail, Error, Owner, Parts, ScanEntry, ScanPage, ScanRequest};
use fred::types::Value;
use futures_util::future::try_join_all;

use crate::answer::text;
use crate::failure::Failure;
use crate::key::{Slot, members_of};
use crate::load::get;
use crate::store::CacheCartStore;
use crate::walk::Walk;

/// The cart behind which a page starts. Neither its slot nor its member ever changes, so that a
/// cart that is written meanwhile can't slip past.
#[derive(Debug, PartialEq, Eq)]
struct Position {
    slot: Slot,
    member: String,
}

impl Position {
    fn write(&self) -> String {
        format!("{}:{}", self.slot.number(), self.member)
    }

    fn read(text: &[u8]) -> Result<Self, Error> {
        let parsed = (|| {
            let (slot, member) = str::from_utf8(text).ok()?.split_once(':')?;
            let slot = Slot::new(slot.parse().ok()?)?;
            let key = CartKey::decode(member).ok()?;
            let position = Self {
                slot: members_of(key.owner()).0,
                member: member.to_owned(),
            };
            (position.slot == slot).then_some(position)
        })();
        parsed.ok_or_else(Cursor::refused)
    }
}

impl CacheCartStore {
    pub(crate) async fn try_scan(&self, request: &ScanRequest) -> Result<ScanPage, Failure> {
        let scope = &self.shared.scope;
        let after = match &request.cursor {
            Some(cursor) => Some(Position::read(cursor.position(scope, request)?)?),
            None => None,
        };
        let found = self.candidates(request, after.as_ref()).await?;
        let is_full = found.len() == request.page_size();
        let last = found.last().filter(|_| is_full);
        let next = last.map(|(slot, key)| {
            let position = Position {
                slot: *slot,
                member: key.encode(),
            };
            Cursor::new(scope, request, position.write())
        });
        let keys: Vec<CartKey> = found.into_iter().map(|(_, key)| key).collect();
        let values = keys.iter().map(|key| {
            let place = self.place(key);
            (place.slot, get(&place))
        });
        let values = self.servers().call_each(values.collect()).await?;
        let entries = keys.into_iter().zip(values);
        let entries = entries.map(|(key, value)| self.entry(request, key, value));
        let entries = try_join_all(entries).await?;
        Ok(ScanPage {
            entries: entries.into_iter().flatten().collect(),
            next,
        })
    }

    /// The next carts behind `after` that may be what is asked for, as far as their keys tell.
    async fn candidates(
        &self,
        request: &ScanRequest,
        after: Option<&Position>,
    ) -> Result<Vec<(Slot, CartKey)>, Failure> {
        let (slots, start) = extent(request.owner.as_ref(), after);
        let mut found = Vec::new();
        let mut walk = Walk::through(&slots);
        while found.len() < request.page_size()
            && let Some(slots) = walk.step()
        {
            let lists = self.lists(slots, &start).await?;
            walk.note(lists.iter().map(Vec::len).sum());
            for (slot, mut members) in slots.iter().zip(lists) {
                members.sort_unstable();
                let behind = |member: &String| {
                    after.is_none_or(|after| after.slot != *slot || *member > after.member)
                };
                // A member that is no key was put there by somebody else.
                let keys = members.iter().filter(|member| behind(member));
                let keys = keys.filter_map(|member| CartKey::decode(member).ok());
                found.extend(
                    keys.filter(|key| may_be(request, key))
                        .map(|key| (*slot, key)),
                );
            }
        }
        found.truncate(request.page_size());
        Ok(found)
    }

    /// The cart `key`, if it is what is asked for.
    async fn entry(
        &self,
        request: &ScanRequest,
        key: CartKey,
        value: Value,
    ) -> Result<Option<ScanEntry>, Failure> {
        let held = self.look(&self.place(&key), text(value)?).await?;
        let record = held.and_then(|held| held.record(self.now()));
        let Some(mut record) = record.filter(|record| request.selects(&key, record)) else {
            return Ok(None);
        };
        if request.detail == Detail::Headers {
            record.parts = Parts::empty();
        }
        Ok(Some(ScanEntry { key, record }))
    }
}

/// The slots that are left to look into, and how the members there must begin.
fn extent(owner: Option<&Owner>, after: Option<&Position>) -> (Vec<Slot>, String) {
    let first = after.map_or(Slot::FIRST, |after| after.slot);
    match owner.map(members_of) {
        Some((slot, start)) => (vec![slot], start),
        None => (Slot::all_from(first).collect(), String::new()),
    }
}

/// Whether a key may be one that is asked for.
fn may_be(request: &ScanRequest, key: &CartKey) -> bool {
    let owner = key.owner();
    let tenant = request.tenant.as_ref();
    let class = request.class.as_ref();
    tenant.is_none_or(|tenant| owner.tenant() == tenant)
        && class.is_none_or(|class| owner.class() == class)
}
