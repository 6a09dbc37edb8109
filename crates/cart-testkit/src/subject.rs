//! The store under test, and what a case needs beside it.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Clock, Error, Expect, Instance, InvalidKey, LoadRequest, Owner,
    Randomness, Rename, SaveRequest, Stored, Timestamp, Version,
};

use crate::clock::ManualClock;
use crate::harness::{Damage, Fixture, Harness, HarnessError};
use crate::outcome::{CaseResult, Granted};
use crate::randomness::SeededRandomness;
use crate::records;

/// A store of one case's own, with its clock and its randomness.
pub(crate) struct Subject {
    fixture: Box<dyn Fixture>,
    harness: Arc<dyn Harness>,
    store: Arc<dyn CartStore>,
    clock: Arc<ManualClock>,
    randomness: Arc<SeededRandomness>,
}

impl Subject {
    /// Starts a store for one case.
    pub(crate) async fn start(harness: &Arc<dyn Harness>, seed: u64) -> Result<Self, HarnessError> {
        let clock = Arc::new(ManualClock::new());
        let fixture = harness.start(Arc::clone(&clock) as Arc<dyn Clock>).await?;
        Ok(Self {
            store: fixture.store(),
            fixture,
            harness: Arc::clone(harness),
            clock,
            randomness: Arc::new(SeededRandomness::new(seed)),
        })
    }

    /// A handle to the store.
    pub(crate) fn store(&self) -> Arc<dyn CartStore> {
        Arc::clone(&self.store)
    }

    pub(crate) fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    pub(crate) fn randomness(&self) -> &Arc<SeededRandomness> {
        &self.randomness
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The point in time `millis` from now.
    pub(crate) fn after(&self, millis: u64) -> Timestamp {
        self.now().saturating_add(Duration::from_millis(millis))
    }

    /// Whether the store lets its callers mark records.
    pub(crate) fn marks(&self) -> bool {
        self.store.info().capabilities.marks
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    /// Another handle to the same store.
    pub(crate) async fn second_handle(&self) -> CaseResult<Arc<dyn CartStore>> {
        self.fixture.second_handle().await.granted()
    }

    /// The same store after the end of its backend.
    pub(crate) async fn restart(&self) -> CaseResult<Arc<dyn CartStore>> {
        self.fixture.restart().await.granted()
    }

    pub(crate) async fn damage(&self, key: &CartKey, damage: Damage) -> CaseResult {
        self.fixture.damage(key, damage).await.granted()
    }

    pub(crate) async fn stop(&self) -> CaseResult {
        self.fixture.stop().await.granted()
    }

    /// A store of the same kind that has nothing to do with this one.
    pub(crate) async fn another(&self) -> CaseResult<Self> {
        Self::start(&self.harness, self.randomness.next())
            .await
            .granted()
    }

    /// A version of this sequence that nobody has used.
    pub(crate) fn version(&self, sequence: u64) -> CaseResult<Version> {
        Ok(Version::new(sequence, self.randomness.next())?)
    }

    /// The first record of a cart that carries `tag`.
    pub(crate) fn record(&self, tag: u64) -> CartRecord {
        records::tagged(Version::first(self.randomness.next()), self.now(), tag)
    }

    /// The record that follows `previous`, with other content.
    pub(crate) fn next(&self, previous: &CartRecord, tag: u64) -> CaseResult<CartRecord> {
        let version = previous.header.version.next(self.randomness.next())?;
        let mut record = records::tagged(version, self.now(), tag);
        record.header.created_at = previous.header.created_at;
        Ok(record)
    }

    /// The tombstone that follows `previous`.
    pub(crate) fn tombstone(&self, previous: &CartRecord) -> CaseResult<CartRecord> {
        let version = previous.header.version.next(self.randomness.next())?;
        Ok(previous.tombstone(version, self.now(), None))
    }

    /// Stores a new cart that carries `tag`.
    pub(crate) async fn create(&self, key: &CartKey, tag: u64) -> CaseResult<CartRecord> {
        let record = self.record(tag);
        self.save(key, &record, Expect::Absent).await?;
        Ok(record)
    }

    /// Stores the record that follows `previous`.
    pub(crate) async fn overwrite(
        &self,
        key: &CartKey,
        previous: &CartRecord,
        tag: u64,
    ) -> CaseResult<CartRecord> {
        let record = self.next(previous, tag)?;
        let expect = Expect::Version(previous.header.version);
        self.save(key, &record, expect).await?;
        Ok(record)
    }

    /// Stores the tombstone that follows `previous`.
    pub(crate) async fn delete(
        &self,
        key: &CartKey,
        previous: &CartRecord,
    ) -> CaseResult<CartRecord> {
        let tombstone = self.tombstone(previous)?;
        let expect = Expect::Version(previous.header.version);
        self.save(key, &tombstone, expect).await?;
        Ok(tombstone)
    }

    /// The rename that gives the cart `source` the key `to`, where nothing live may be.
    pub(crate) fn renaming(
        &self,
        from: &CartKey,
        source: &CartRecord,
        to: &CartKey,
    ) -> CaseResult<Rename> {
        let mut record = source.clone();
        record.header.version = source.header.version.next(self.randomness.next())?;
        record.header.updated_at = self.now();
        Ok(Rename {
            from: from.clone(),
            expect_from: source.header.version,
            tombstone: self.tombstone(source)?,
            to: to.clone(),
            expect_to: Expect::Absent,
            record,
        })
    }

    pub(crate) async fn save(
        &self,
        key: &CartKey,
        record: &CartRecord,
        expect: Expect,
    ) -> Result<(), Error> {
        let request = SaveRequest::new(key.clone(), record.clone(), expect);
        self.store.save(&request).await
    }

    pub(crate) async fn load(&self, key: &CartKey) -> Result<Stored, Error> {
        load(&*self.store, key).await
    }
}

/// What `store` holds under `key`.
pub(crate) async fn load(store: &dyn CartStore, key: &CartKey) -> Result<Stored, Error> {
    store.load(&LoadRequest::new(key.clone())).await
}

/// The default cart of the user `name`.
pub(crate) fn key(name: &str) -> Result<CartKey, InvalidKey> {
    Ok(CartKey::new(Owner::user(name)?, Instance::default()))
}

/// The cart `instance` of the user `name`.
pub(crate) fn key_of(name: &str, instance: &str) -> Result<CartKey, InvalidKey> {
    Ok(CartKey::new(Owner::user(name)?, Instance::new(instance)?))
}
