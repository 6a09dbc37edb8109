//! A cart whose writers are given up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Expect, Instance, LoadRequest, Owner, Randomness, SaveRequest,
    ScanRequest, Stored, Timestamp, Version,
};
use cart_testkit::SeededRandomness;

use super::cut::Cut;
use crate::proof::Refuted;

/// The longest that an operation goes on before it is dropped, in microseconds.
const LONGEST: usize = 3_000;

pub(super) struct Victim {
    store: Arc<dyn CartStore>,
    can_lock: bool,
    key: CartKey,
    other: CartKey,
    /// What was stored before the present batch.
    before: Stored,
    /// What futures may have stored, also those of batches before: a server may take its time over
    /// what nobody waits for.
    attempts: HashMap<Version, CartRecord>,
    randomness: SeededRandomness,
}

/// What a batch has left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// A write happened that nobody waited for.
    pub(super) applied: bool,
    /// What is stored is neither the cart before nor what one attempt sent.
    pub(super) half_done: bool,
}

impl Victim {
    pub(super) fn new(store: Arc<dyn CartStore>, seed: u64) -> Result<Self, Refuted> {
        Ok(Self {
            can_lock: store.info().capabilities.lock,
            store,
            key: key(&format!("victim-{seed}"))?,
            other: key(&format!("other-{seed}"))?,
            before: Stored::Missing,
            attempts: HashMap::new(),
            randomness: SeededRandomness::new(seed),
        })
    }

    pub(super) fn key(&self) -> &CartKey {
        &self.key
    }

    /// Begins some operation and drops it. Gives whether it was dropped unfinished, and the longest
    /// sleep of the thread in a poll or the drop.
    pub(super) async fn drop_one(&mut self) -> Result<(bool, Duration), Refuted> {
        let time = match self.randomness.below(2) {
            0 => 0,
            _ => self.randomness.below(LONGEST),
        };
        let cut = Cut {
            polls: 1 + self.randomness.below(3),
            time: Duration::from_micros(u64::try_from(time)?),
        };
        match self.randomness.below(8) {
            0 => {
                let request = LoadRequest::new(self.key.clone());
                Ok(cut.off(self.store.load(&request)).await)
            }
            1 => Ok(cut.off(self.store.scan(&ScanRequest::new(10))).await),
            2 => {
                let batch = [self.attempt()?];
                Ok(cut.off(self.store.save_many(&batch)).await)
            }
            3 | 4 if self.can_lock => {
                let request = self.attempt()?;
                let locked = async {
                    let lock = self.store.lock(&self.key).await?;
                    lock.save(&request).await
                };
                Ok(cut.off(locked).await)
            }
            _ => {
                let request = self.attempt()?;
                Ok(cut.off(self.store.save(&request)).await)
            }
        }
    }

    /// A save over what was stored before the batch: of all attempts one can succeed.
    fn attempt(&mut self) -> Result<SaveRequest, Refuted> {
        let write_id = self.randomness.next();
        let (version, expect) = following(&self.before, write_id)?;
        let mut record = CartRecord::new(version, Timestamp::from_millis(0));
        record.parts.items = format!("[\"{write_id:x}\"]").into();
        record.parts.metadata = format!("{{\"write\":\"{write_id:x}\"}}").into();
        self.attempts.insert(version, record.clone());
        Ok(SaveRequest::new(self.key.clone(), record, expect))
    }

    /// Writes to another cart by the same handle.
    pub(super) async fn write_elsewhere(&self) -> Result<(), Refuted> {
        self.write_to(&self.other).await
    }

    async fn write_to(&self, key: &CartKey) -> Result<(), Refuted> {
        let now = self.store.load(&LoadRequest::new(key.clone())).await?;
        let (version, expect) = following(&now, self.randomness.next())?;
        let record = CartRecord::new(version, Timestamp::from_millis(0));
        let save = SaveRequest::new(key.clone(), record, expect);
        Ok(self.store.save(&save).await?)
    }

    /// Writes to so many carts at once.
    pub(super) async fn use_every_connection(&self, count: usize) -> Result<(), Refuted> {
        let keys = (0..count).map(|number| key(&format!("{number}-of-many")));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let mut requests = Vec::new();
        for key in keys {
            let now = self.store.load(&LoadRequest::new(key.clone())).await?;
            let (version, expect) = following(&now, self.randomness.next())?;
            let record = CartRecord::new(version, Timestamp::from_millis(0));
            requests.push(SaveRequest::new(key, record, expect));
        }
        let mut tasks = tokio::task::JoinSet::new();
        for request in requests {
            let store = Arc::clone(&self.store);
            tasks.spawn(async move { store.save(&request).await });
        }
        while let Some(saved) = tasks.join_next().await {
            saved??;
        }
        Ok(())
    }

    /// Looks at the cart when everything that was asked for has happened or never will.
    pub(super) async fn examine(&mut self) -> Result<Found, Refuted> {
        let now = self.store.load(&LoadRequest::new(self.key.clone())).await?;
        let attempted = match &now {
            Stored::Live(record) => self.attempts.get(&record.header.version) == Some(record),
            Stored::Missing | Stored::Tombstone(_) => false,
        };
        let applied = now != self.before;
        self.before = now;
        Ok(Found {
            applied,
            half_done: applied && !attempted,
        })
    }
}

fn key(name: &str) -> Result<CartKey, Refuted> {
    Ok(CartKey::new(Owner::user(name)?, Instance::default()))
}

/// The version of a write over `stored`, and what it expects.
fn following(stored: &Stored, write_id: u64) -> Result<(Version, Expect), Refuted> {
    Ok(match stored.version() {
        None => (Version::first(write_id), Expect::Absent),
        Some(version) => (version.next(write_id)?, Expect::Version(version)),
    })
}
