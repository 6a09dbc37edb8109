//! One write: where the cart is at home, it is decided; then the other store is told.

use cart_core::{
    CartKey, CartRecord, Conflict, Error, Expect, Operation, RecordState, Result, SaveRequest,
    Stored, Verdict,
};

use super::fence::{is_written, over};
use super::home::Home;
use super::{DualWriteStore, Phase, Side, TRIES, overtaken};
use crate::both::check_size;

impl DualWriteStore {
    pub(super) async fn write(&self, request: &SaveRequest) -> Result<()> {
        self.check(&request.record)?;
        let phase = self.phase().await?;
        if phase == Phase::Complete {
            return self.pair().new.save(request).await;
        }
        let is_by_version = matches!(request.expect, Expect::Absent | Expect::Version(_));
        // A cart that isn't at home there any more has no version that somebody could expect.
        if phase.is_before_moving()
            && is_by_version
            && self
                .write_at(Side::Old, request, request.expect, phase)
                .await?
        {
            return Ok(());
        }
        for _ in 0..TRIES {
            let home = self.home_for_a_write(&request.key, phase).await?;
            let Some(expect) = judged(request, &home.stored)? else {
                return Ok(());
            };
            if self.write_at(home.side, request, expect, phase).await? {
                return Ok(());
            }
        }
        Err(overtaken())
    }

    /// Where a cart is at home, once it is where the phase wants it for a write.
    pub(super) async fn home_for_a_write(&self, key: &CartKey, phase: Phase) -> Result<Home> {
        for _ in 0..TRIES {
            let home = self.home(key).await?;
            if phase != Phase::Reverse || home.side == Side::New {
                return Ok(home);
            }
            self.move_from(&home, key).await?;
        }
        Err(overtaken())
    }

    /// Writes if what is expected is at home on this side, and tells whether it was.
    async fn write_at(
        &self,
        side: Side,
        request: &SaveRequest,
        expect: Expect,
        phase: Phase,
    ) -> Result<bool> {
        let SaveRequest { key, record, .. } = request;
        if !phase.mirrors() {
            let request = SaveRequest::new(key.clone(), record.clone(), expect);
            return is_written(self.pair().at(side).save(&request).await);
        }
        if self.expired(record) {
            self.erase_at_other(side, key, record).await?;
        }
        let request = marked(key, record, expect);
        if !is_written(self.pair().at(side).save(&request).await)? {
            return Ok(false);
        }
        self.tell(side, key, record).await;
        Ok(true)
    }

    /// What erases a cart is gone at once, and its mark with it: so the other store is told first,
    /// and has to answer.
    pub(super) async fn erase_at_other(
        &self,
        side: Side,
        key: &CartKey,
        record: &CartRecord,
    ) -> Result<()> {
        match side {
            Side::Old => self.tell_new(key, record).await,
            Side::New => match self.tell_old(key, record).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(overtaken()),
                Err(error) => Err(error),
            },
        }
    }

    /// Refuses what only this store may write, and what one of both stores doesn't take.
    pub(super) fn check(&self, record: &CartRecord) -> Result<()> {
        let state = record.header.state;
        if record.header.marked || matches!(state, RecordState::Moving | RecordState::Moved) {
            return Err(Error::unsupported(Operation::Save));
        }
        check_size(record, &self.capabilities())
    }
}

/// The request that stores a record which the other store still has to hear of.
pub(super) fn marked(key: &CartKey, record: &CartRecord, expect: Expect) -> SaveRequest {
    let mut record = record.clone();
    record.header.marked = true;
    SaveRequest::new(key.clone(), record, expect)
}

/// What must still be stored for a write over what was found at home; nothing, when there is
/// nothing to write.
fn judged(request: &SaveRequest, stored: &Stored) -> Result<Option<Expect>> {
    let version = request.record.header.version;
    Ok(match request.expect.judge(version, stored)? {
        Verdict::Keep => None,
        Verdict::Write => Some(over(stored)),
    })
}

/// The conflict of a write that expected something else than what was found at home.
pub(super) fn conflict(expect: Expect, stored: &Stored) -> Error {
    let live = matches!(stored, Stored::Live(_));
    Error::from_conflict(Conflict::new(expect, stored.version(), live))
}
