//! Locks: that of the store in which the cart is at home.

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, Error, Expect, LoadRequest, Operation, Result, SaveRequest, Stored, Verdict,
};

use super::fence::over;
use super::form::{Found, shown};
use super::write::{conflict, marked};
use super::{DualWriteStore, Phase, Side, TRIES, overtaken};

/// A cart that is locked at home.
#[derive(Debug)]
struct DualLock {
    store: DualWriteStore,
    lock: Box<dyn CartLock>,
    side: Side,
    phase: Phase,
    stored: Stored,
}

impl DualWriteStore {
    pub(super) async fn lock_it(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        if !self.capabilities().lock {
            return Err(Error::unsupported(Operation::Lock));
        }
        let phase = self.phase().await?;
        for _ in 0..TRIES {
            let side = match phase {
                Phase::Complete => Side::New,
                _ => self.home_for_a_write(key, phase).await?.side,
            };
            let lock = self.pair().at(side).lock(key).await?;
            if let Found::Home(stored) = Found::of(lock.stored().clone()) {
                return Ok(Box::new(DualLock {
                    store: self.clone(),
                    lock,
                    side,
                    phase,
                    stored: shown(stored),
                }));
            }
        }
        Err(overtaken())
    }
}

impl DualLock {
    async fn write(self, request: &SaveRequest) -> Result<()> {
        let Self {
            store,
            lock,
            side,
            phase,
            stored,
        } = self;
        let SaveRequest { key, record, .. } = request;
        store.check(record)?;
        if !phase.mirrors() {
            return lock.save(request).await;
        }
        let expect = match request.expect {
            Expect::Any | Expect::Older => {
                match request.expect.judge(record.header.version, &stored)? {
                    Verdict::Keep => return Ok(()),
                    Verdict::Write => over(&stored),
                }
            }
            by_version => by_version,
        };
        if store.expired(record) {
            store.erase_at_other(side, key, record).await?;
        }
        let answer = lock.save(&marked(key, record, expect)).await;
        let Err(error) = answer else {
            store.tell(side, key, record).await;
            return Ok(());
        };
        if error.conflict().is_none() {
            return Err(error);
        }
        // The cart may have moved, and its record there has a version that nobody should see.
        let stored = store.look(&LoadRequest::new(key.clone())).await?;
        Err(conflict(request.expect, &stored))
    }
}

#[async_trait]
impl CartLock for DualLock {
    fn stored(&self) -> &Stored {
        &self.stored
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let store = self.store.clone();
        let written = self.write(request).await;
        written.map_err(store.failed(Operation::Lock))
    }
}
