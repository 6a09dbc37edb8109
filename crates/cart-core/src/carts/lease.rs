//! Work that one process at a time should do.

use std::time::Duration;

use super::Carts;
use super::write::{Outcome, Patience, Write};
use crate::storage::{
    CartKey, CartRecord, Error, ErrorKind, Expect, Instance, Owner, Result, SaveRequest, Stored,
    Version,
};
use crate::time::Timestamp;

/// The right to do a piece of work, which no other process has meanwhile; made by
/// [`Carts::lease`].
///
/// It spares work, and is no lock: whoever holds it stalled for longer than its time may be
/// followed by another who holds it, too. So the work must be harmless when two do it, as a
/// clean-up is.
#[derive(Debug)]
pub struct Lease {
    carts: Carts,
    key: CartKey,
    version: Version,
    time: Duration,
    renewed_at: Timestamp,
}

impl Carts {
    /// Takes the lease `name` for `time`; `None` while another process has it. Without renewal it
    /// ends after that time, also when its process is gone.
    ///
    /// It is kept in the store as a tombstone of the owner `lease:NAME`, which applications don't
    /// see, so it works on every store, among the processes for which the store declares its
    /// compare-and-set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the name is empty or longer than an identifier;
    /// [`ErrorKind::Conflict`] when the application has a cart of that owner; what the store answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the lease may have been taken; it ends by itself.
    pub async fn lease(&self, name: &str, time: Duration) -> Result<Option<Lease>> {
        let key = CartKey::new(Owner::custom("lease", name)?, Instance::default());
        match self.stored(&key).await? {
            Stored::Missing => {}
            Stored::Tombstone(_) => return Ok(None),
            Stored::Live(_) => {
                return Err(self.failed(Error::new(
                    ErrorKind::Conflict,
                    "there is a cart where the lease would be: give it another owner",
                )));
            }
        }
        let mut lease = Lease {
            carts: self.clone(),
            key,
            version: Version::first(self.shared.randomness.next()),
            time,
            renewed_at: self.shared.clock.now(),
        };
        let taken = lease.write(lease.version, Expect::Absent, time).await?;
        Ok(taken.then_some(lease))
    }
}

impl Lease {
    /// Prolongs the lease by its time from now on, once a third of it is over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when it ended before and another process took it; what the store
    /// answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the lease may have been prolonged; repeat the call.
    pub async fn renew_when_due(&mut self) -> Result<()> {
        let now = self.carts.shared.clock.now();
        if now.since(self.renewed_at) < self.time / 3 {
            return Ok(());
        }
        self.replace(self.time).await
    }

    /// Gives the lease up.
    ///
    /// # Errors
    ///
    /// What the store answers: the lease then ends by itself.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the lease may still be held; it ends by itself.
    pub async fn release(mut self) -> Result<()> {
        match self.replace(Duration::ZERO).await {
            // It ended before, and there is nothing to give up.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            released => released,
        }
    }

    async fn replace(&mut self, time: Duration) -> Result<()> {
        let before = self.version;
        let next = before.next(self.carts.shared.randomness.next())?;
        if self.write(next, Expect::Version(before), time).await? {
            return Ok(());
        }
        Err(self.carts.failed(Error::new(
            ErrorKind::Conflict,
            "the lease ended, and another process has it: renew it more often",
        )))
    }

    /// Writes the lease; `false` when somebody else has it.
    async fn write(&mut self, version: Version, expect: Expect, time: Duration) -> Result<bool> {
        let now = self.carts.shared.clock.now();
        let record = CartRecord::new(version, now);
        let record = record.tombstone(version, now, Some(now.saturating_add(time)));
        let request = SaveRequest::new(self.key.clone(), record, expect);
        let mut patience = Patience::new(&self.carts);
        let outcome = self
            .carts
            .commit(Write::Save(&request), None, &mut patience)
            .await;
        match outcome.map_err(|error| self.carts.failed(error))? {
            Outcome::Written => {
                self.version = version;
                self.renewed_at = now;
                Ok(true)
            }
            Outcome::Overtaken { .. } => Ok(false),
        }
    }
}
