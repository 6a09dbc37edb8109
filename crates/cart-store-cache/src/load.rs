//! Loading: one `GET`, or one script where the load moves the expiry.

use cart_core::{Error, ErrorKind, LoadRequest, Stored, Timestamp};
use fred::bytes_utils::Str;

use crate::answer::text;
use crate::connection::Call;
use crate::failure::Failure;
use crate::key::Place;
use crate::save::head_of;
use crate::scripts::RENEW;
use crate::store::CacheCartStore;
use crate::value::{Flag, Lifetime, moment, read};

impl CacheCartStore {
    pub(crate) async fn try_load(&self, request: &LoadRequest) -> Result<Stored, Failure> {
        let place = self.place(&request.key);
        let now = self.now();
        let value = match (request.renew, request.at_least) {
            (Some(expires_at), _) => self.renewed(&place, expires_at, now).await?,
            (None, None) => self.value(&place).await?,
            (None, Some(at_least)) => {
                let replicated = self.servers().ask_replica(place.slot, get(&place)).await;
                if let Some(stored) = replicated.and_then(|value| of_replica(value, now))
                    && is_of(&stored, at_least.sequence())
                {
                    return Ok(stored);
                }
                self.value(&place).await?
            }
        };
        let stored = match self.look(&place, value).await? {
            Some(held) => held.stored(now),
            None => Stored::Missing,
        };
        let is_older =
            |stored: &Stored, sequence| stored.version().is_some() && !is_of(stored, sequence);
        if request
            .at_least
            .is_some_and(|at_least| is_older(&stored, at_least.sequence()))
        {
            self.shared.counters.versions_lost.count();
            return Err(Error::new(
                ErrorKind::NotFound,
                "the version that was seen before is gone: the server has lost it, or the cart was \
                 made anew; load the cart without a version",
            )
            .into());
        }
        Ok(stored)
    }

    /// The value of a cart, on its primary.
    pub(crate) async fn value(&self, place: &Place) -> Result<Option<Str>, Failure> {
        let value = self.servers().call(place.slot, get(place)).await?;
        Ok(text(value)?)
    }

    /// A cart whose expiry was moved: not one that a rename has in its hands.
    async fn renewed(
        &self,
        place: &Place,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Str>, Failure> {
        let mut patience = None;
        loop {
            let value = self.renew(place, expires_at, now).await?;
            let head = value.as_deref().map(head_of).transpose()?.flatten();
            if head.is_none_or(|head| head.flag == Flag::Plain) {
                return Ok(value);
            }
            let patience = patience.get_or_insert_with(|| self.patience());
            self.unflagged(place, value, patience).await?;
        }
    }

    async fn renew(
        &self,
        place: &Place,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Str>, Failure> {
        let lifetime = Lifetime::until(Some(expires_at), now);
        let arguments = vec![
            moment(now).into(),
            moment(expires_at).into(),
            lifetime.milliseconds,
            lifetime.score,
            place.member.clone(),
        ];
        let renewed = self
            .servers()
            .run(place.slot, &RENEW, place.keys(), arguments);
        Ok(text(renewed.await?)?)
    }
}

/// Asks for the value of a cart.
pub(crate) fn get(place: &Place) -> Call {
    Call::new("GET").with(place.value.clone())
}

/// What a replica has, when it is whole and no rename is under way.
fn of_replica(value: fred::types::Value, now: Timestamp) -> Option<Stored> {
    let held = read(&text(value).ok()??).ok()?;
    (held.head.flag == Flag::Plain).then(|| held.stored(now))
}

fn is_of(stored: &Stored, sequence: u64) -> bool {
    stored
        .version()
        .is_some_and(|version| version.sequence() >= sequence)
}
