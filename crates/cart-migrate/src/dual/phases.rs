//! Who may go from one phase to another, and when.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartStore, Clock, Detail, Error, ErrorKind, Expect, Operation, Result, SaveRequest,
    ScanRequest, Select, Stored, SystemClock, Timestamp,
};

use super::form::Found;
use super::phase::key;
use super::{DualWriteStore, Phase, PhaseState};

/// The phases of a migration from one store to another: for the operator.
#[derive(Clone, Debug)]
pub struct Phases {
    pub(super) old: Arc<dyn CartStore>,
    new: Arc<dyn CartStore>,
    pub(super) clock: Arc<dyn Clock>,
}

/// What has to be so before the phase may change, beyond what always has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preconditions {
    /// For how long the new store must have answered everything before the migration is complete.
    pub monitoring: Duration,
}

impl Preconditions {
    /// A week.
    pub const fn new() -> Self {
        Self {
            monitoring: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }

    /// The same, with another time.
    #[must_use]
    pub const fn monitoring(mut self, monitoring: Duration) -> Self {
        self.monitoring = monitoring;
        self
    }
}

impl Default for Preconditions {
    fn default() -> Self {
        Self::new()
    }
}

impl Phases {
    /// The phases of a migration from `old` to `new`.
    pub fn new(old: Arc<dyn CartStore>, new: Arc<dyn CartStore>) -> Self {
        Self {
            old,
            new,
            clock: Arc::new(SystemClock),
        }
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The phase now.
    ///
    /// # Errors
    ///
    /// As [`PhaseState::read`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn state(&self) -> Result<PhaseState> {
        PhaseState::read(&*self.old).await
    }

    /// When the phase was set; nothing before the first time.
    ///
    /// # Errors
    ///
    /// What the old store answers.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn since(&self) -> Result<Option<Timestamp>> {
        let key = key()?;
        let mut request = ScanRequest::new(1);
        request.owner = Some(key.owner().clone());
        request.select = Select::Tombstones;
        request.detail = Detail::Headers;
        loop {
            let page = self.old.scan(&request).await?;
            if let Some(entry) = page.entries.into_iter().find(|entry| entry.key == key) {
                return Ok(Some(entry.record.header.updated_at));
            }
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return Ok(None),
            }
        }
    }

    /// Goes to the phase before or behind the present one. Setting the present one changes nothing.
    ///
    /// Processes follow within the time after which they look again. Wait for that long before you go
    /// on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it isn't the next phase, or when there is no way back;
    /// [`ErrorKind::Conflict`] when something has to happen first, which the text says, or when
    /// somebody else has changed the phase meanwhile; what the stores answer.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the phase may have been changed; set it again.
    pub async fn set(&self, to: Phase, conditions: Preconditions) -> Result<PhaseState> {
        let state = self.state().await?;
        if state.phase == to {
            return Ok(state);
        }
        self.check(state.phase, to, conditions).await?;
        let request = state.change(to, self.clock.now())?;
        self.old.save(&request).await?;
        // For whoever compares the stores. The old one decides.
        let copy = SaveRequest::new(request.key, request.record, Expect::Older);
        let _ = self.new.save(&copy).await;
        Ok(PhaseState {
            phase: to,
            epoch: state.epoch + 1,
        })
    }

    async fn check(&self, from: Phase, to: Phase, conditions: Preconditions) -> Result<()> {
        if from == Phase::Complete {
            return Err(refused(
                ErrorKind::Invalid,
                "the migration is complete: to go back, migrate the other way",
            ));
        }
        if !from.is_next_to(to) {
            return Err(refused(
                ErrorKind::Invalid,
                "phases follow each other: off, mirror, verify, moving, reverse, complete; go one \
                 step at a time",
            ));
        }
        match to {
            Phase::Off | Phase::Mirror if from > to => {
                if self.any(|found| !matches!(found, Found::Home(_))).await? {
                    return Err(refused(
                        ErrorKind::Conflict,
                        "some carts are in the new store still: move them back first",
                    ));
                }
                Ok(())
            }
            Phase::Complete => self.check_complete(conditions).await,
            _ => Ok(()),
        }
    }

    async fn check_complete(&self, conditions: Preconditions) -> Result<()> {
        let lasted = self.lasted().await?;
        if lasted.is_none_or(|lasted| lasted < conditions.monitoring) {
            return Err(refused(
                ErrorKind::Conflict,
                "the new store has not answered for long enough yet: wait for the end of the \
                 monitoring period",
            ));
        }
        if self.any(|found| !matches!(found, Found::Moved(_))).await? {
            return Err(refused(
                ErrorKind::Conflict,
                "some carts are in the old store still: move them first",
            ));
        }
        let store = DualWriteStore::new(Arc::clone(&self.old), Arc::clone(&self.new));
        if store.owed().await?.records > 0 {
            return Err(refused(
                ErrorKind::Conflict,
                "one store still owes writes to the other: drain the mirror first",
            ));
        }
        Ok(())
    }

    /// For how long the phase has been what it is.
    pub(super) async fn lasted(&self) -> Result<Option<Duration>> {
        let since = self.since().await?;
        Ok(since.map(|since| self.clock.now().since(since)))
    }

    /// Whether the old store says this about any cart.
    async fn any(&self, is_so: impl Fn(&Found) -> bool) -> Result<bool> {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.detail = Detail::Headers;
        loop {
            let page = self.old.scan(&request).await?;
            let found = page.entries.into_iter();
            let mut found = found.map(|entry| Found::of(Stored::Live(entry.record)));
            if found.any(|found| is_so(&found)) {
                return Ok(true);
            }
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return Ok(false),
            }
        }
    }
}

fn refused(kind: ErrorKind, message: &'static str) -> Error {
    Error::new(kind, message)
        .during(Operation::Edit)
        .in_store(&DualWriteStore::NAME.into())
}
