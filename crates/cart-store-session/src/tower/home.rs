//! The home over a tower-sessions store.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    Capabilities, Clock, Durability, Error, ErrorKind, Expiry, Health, Operation, Owner,
    RenameSupport, Result, RetryClass, Scope, StoreInfo, SystemClock, Timestamp, Visibility,
};
use ring::hmac;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};

use super::classify::{Phase, classify};
use super::identity::Identity;
use super::locks::Locks;
use crate::codec;
use crate::home::{Listed, SessionHome};
use crate::sessions::{SessionCarts, Sessions};

/// Keeps carts in the sessions of any store for tower-sessions, under one key, beside what else is
/// in them.
///
/// A guest whose token is the id of a session has the carts in that session; it must be there
/// already. Other owners get sessions of their own, under ids that only who knows the
/// [secret](Self::with_secret) can compute.
///
/// Such a store compares no versions: what is loaded last is saved last. Within this process a
/// lock for each session makes up for that, **among clones of one home**: make one, and clone it. A
/// second process that writes to the same session may undo what this one wrote; each write is
/// looked at once more before it is acknowledged, which notices most of that and no more.
pub struct TowerHome<S> {
    store: Arc<S>,
    locks: Arc<Locks>,
    secret: Option<hmac::Key>,
    key: String,
    lifetime: Duration,
    durability: Durability,
    clock: Arc<dyn Clock>,
}

impl<S: SessionStore> TowerHome<S> {
    /// How long a session that is made here lives at least, unless told otherwise: 14 days, as a
    /// session of tower-sessions.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

    /// Sessions in `store`.
    pub fn new(store: Arc<S>) -> Self {
        Self {
            store,
            locks: Arc::default(),
            secret: None,
            key: "cart".to_owned(),
            lifetime: Self::DEFAULT_LIFETIME,
            durability: Durability::Memory,
            clock: Arc::new(SystemClock),
        }
    }

    /// The same, also for owners who are no visitors with a session: `secret`, 32 random bytes,
    /// keeps others from finding the ids of their sessions. Another secret finds other sessions.
    #[must_use]
    pub fn with_secret(mut self, secret: &[u8; 32]) -> Self {
        self.secret = Some(hmac::Key::new(hmac::HMAC_SHA256, secret));
        self
    }

    /// The same, with the carts under another key of the session; `cart` unless told otherwise.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The same, with so long a life for sessions that are made here, counted from each write. A
    /// cart that expires later keeps its session so long.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The same, declaring what `store` survives, which no session store tells;
    /// [`Durability::Memory`] unless told otherwise.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    fn identity(&self, owner: &Owner) -> Result<Identity> {
        Identity::of(owner, self.secret.as_ref())
    }

    async fn load(&self, id: Id) -> Result<Option<Record>> {
        let loaded = self.store.load(&id).await;
        loaded.map_err(|failure| classify(failure, Phase::Read))
    }

    fn carts_in(&self, record: Option<&Record>) -> Result<SessionCarts> {
        match record.and_then(|record| record.data.get(&self.key)) {
            // The reason may quote what can't be read.
            Some(value) => codec::read(
                serde_json::from_value(value.clone()).map_err(|_| codec::corrupt(Unreadable))?,
            ),
            None => Ok(SessionCarts::default()),
        }
    }

    /// Writes the carts of a session, and looks whether they are there.
    async fn write(
        &self,
        identity: Identity,
        record: Option<Record>,
        carts: &SessionCarts,
    ) -> Result<()> {
        let id = identity.id();
        let value = value_of(carts)?;
        let is_new = record.is_none();
        let mut record = record.unwrap_or_else(|| Record {
            id,
            data: HashMap::new(),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        });
        match &value {
            Some(value) => record.data.insert(self.key.clone(), value.clone()),
            None => record.data.remove(&self.key),
        };
        let failed = |failure| classify(failure, Phase::Write);
        if record.data.is_empty() && matches!(identity, Identity::Derived(_)) {
            return self.store.delete(&id).await.map_err(failed);
        }
        record.expiry_date = record.expiry_date.max(self.expiry(identity, carts));
        if is_new {
            self.store.create(&mut record).await.map_err(failed)?;
            if record.id != id {
                // Somebody else had made it, and this one has got an id that nobody knows.
                self.store.delete(&record.id).await.map_err(failed)?;
                return Err(Error::new(
                    ErrorKind::Busy,
                    "another process made the session at the same time: try again",
                )
                .with_retry_class(RetryClass::NotApplied));
            }
        } else {
            self.store.save(&record).await.map_err(failed)?;
        }
        // A save of a session that has just ended may be `Ok` and do nothing.
        let stored = self.store.load(&id).await.map_err(failed)?;
        if stored.is_some_and(|stored| stored.data.get(&self.key) == value.as_ref()) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "the session has ended, or was written to from elsewhere at the same time: load the \
             cart and look",
        )
        .with_retry_class(RetryClass::OutcomeUnknown))
    }

    /// When a session with these carts may end.
    fn expiry(&self, identity: Identity, carts: &SessionCarts) -> OffsetDateTime {
        let own = match identity {
            // Whoever began it knows how long it lives.
            Identity::Visitor(_) => Timestamp::from_millis(0),
            Identity::Derived(_) => self.clock.now().saturating_add(self.lifetime),
        };
        let last = carts.expires_at().map_or(own, |at| at.max(own));
        // Rounded up, so that no session ends before its cart.
        let seconds = last.as_millis().div_euclid(1_000).saturating_add(1);
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(FAR)
    }
}

/// The end of the year 9999: the last moment that a session can tell.
const FAR: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

/// The carts as a session keeps them; none when there are none.
pub(super) fn value_of(carts: &SessionCarts) -> Result<Option<Value>> {
    let value = (!carts.is_empty()).then(|| serde_json::to_value(codec::write(carts)));
    value.transpose().map_err(|error| {
        Error::new(ErrorKind::Unexpected, "carts can't be written as JSON").with_source(error)
    })
}

#[derive(Debug, thiserror::Error)]
#[error("what stands under the key is no carts")]
struct Unreadable;

#[async_trait]
impl<S: SessionStore> SessionHome for TowerHome<S> {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Process;
        capabilities.durability = self.durability;
        // The session may end while a cart in it goes on.
        capabilities.evictable = true;
        capabilities.expiry = Expiry::Native;
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Stepwise;
        capabilities.visibility = Visibility::Process;
        StoreInfo {
            name: "tower-sessions".into(),
            capabilities,
        }
    }

    async fn read(&self, owner: &Owner) -> Result<SessionCarts> {
        let record = self.load(self.identity(owner)?.id()).await?;
        self.carts_in(record.as_ref())
    }

    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static,
    {
        let mut identities = Vec::with_capacity(owners.len());
        for owner in owners {
            identities.push((self.identity(&owner)?, owner));
        }
        let ids = identities.iter().map(|(identity, _)| identity.id());
        let _held = self.locks.lock(ids).await;
        let mut found = HashMap::new();
        let mut read = Vec::new();
        for (identity, owner) in identities {
            let record = self.load(identity.id()).await?;
            read.push((owner.clone(), self.carts_in(record.as_ref())?));
            found.insert(owner, (identity, record));
        }
        let mut sessions = Sessions::new(read);
        let answer = decide(&mut sessions)?;
        let mut writes = Vec::new();
        for (owner, carts) in sessions.into_changed() {
            let Some((identity, record)) = found.remove(&owner) else {
                continue;
            };
            if record.is_none() && matches!(identity, Identity::Visitor(_)) {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "the visitor's session is not there, or has ended: begin a new one",
                ));
            }
            writes.push((identity, record, carts));
        }
        for (identity, record, carts) in writes {
            self.write(identity, record, &carts).await?;
        }
        Ok(answer)
    }

    async fn list(&self, _place: Option<&[u8]>, _limit: usize) -> Result<Vec<Listed>> {
        Err(Error::unsupported(Operation::Scan))
    }

    async fn ping(&self) -> Result<Health> {
        // A session that nobody has: that the store answers is all.
        self.load(Id(0)).await?;
        Ok(Health::new(self.durability, "sessions of tower-sessions"))
    }
}

impl<S> Clone for TowerHome<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            locks: Arc::clone(&self.locks),
            secret: self.secret.clone(),
            key: self.key.clone(),
            lifetime: self.lifetime,
            durability: self.durability,
            clock: Arc::clone(&self.clock),
        }
    }
}

impl<S> fmt::Debug for TowerHome<S> {
    /// Without the store, whose own form may show what is in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TowerHome")
            .field("key", &self.key)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}
