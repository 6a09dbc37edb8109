//! What happens to each call.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cart_core::{
    Capabilities, CartStore, Clock, Error, ErrorKind, Operation, Rename, Result, RetryClass,
    SaveRequest, StoreInfo, SystemClock,
};
use tokio::task::yield_now;

use super::call::Call;
use super::fault::{Effect, Fault};
use super::past::Past;
use super::script::{Planned, Script};
use crate::injection::{Claim, Injection};

/// A store around another one, whose calls meet the faults that a test asks for.
///
/// Clones are handles to the same faults. Every call takes a moment before it is made and another
/// one before it is answered, so that others come in between, and futures can be dropped there,
/// even where the store itself never waits.
///
/// # Panics
///
/// The last handle panics when it is dropped and not all of a [`plan`](Self::plan) has come: a test
/// that means to show how a fault is borne shows nothing without it.
#[derive(Clone, Debug)]
pub struct FaultStore {
    inner: Arc<dyn CartStore>,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    past: Past,
    late: Mutex<Vec<Late>>,
    calls: Mutex<Vec<(Operation, bool)>>,
    is_lenient: bool,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let left = self.script.left();
        assert!(
            left == 0 || self.is_lenient || std::thread::panicking(),
            "{left} of the planned faults never came, so the test shows nothing"
        );
    }
}

/// A write that is still under way.
#[derive(Debug)]
struct Late {
    /// How many writes must be answered before it arrives.
    behind: u64,
    write: Write,
    claim: Claim<Arc<Fault>>,
}

#[derive(Debug)]
enum Write {
    Rename(Box<Rename>),
    SaveMany(Vec<SaveRequest>),
}

impl FaultStore {
    /// A way to `store`, without any fault as yet.
    pub fn new(store: impl CartStore) -> Self {
        Self {
            capabilities: store.info().capabilities,
            inner: Arc::new(store),
            clock: Arc::new(SystemClock),
            shared: Arc::new(Shared::new(false)),
        }
    }

    /// The same, for cases that tell in their own way what didn't happen.
    pub(crate) fn lenient(store: impl CartStore) -> Self {
        Self {
            shared: Arc::new(Shared::new(true)),
            ..Self::new(store)
        }
    }

    /// The same, with delays by `clock`; by the system's time unless it is said.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same, declaring other capabilities than the store has. It changes what is declared alone:
    /// [`Fault::refuse`] takes a power away.
    #[must_use]
    pub fn declaring(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.capabilities);
        self
    }

    /// The store itself, without any fault.
    pub fn inner(&self) -> Arc<dyn CartStore> {
        Arc::clone(&self.inner)
    }

    /// Makes calls fail until the injection is dropped. Of several faults for one call, the one that
    /// was injected first happens.
    pub fn inject(&self, fault: Fault) -> Injection {
        let planned = Planned::injected(fault);
        Injection::new(&self.shared.script.injected, planned, || Ok(()))
    }

    /// Lets the next calls meet these faults, one after the other, each once unless it says how
    /// often. They go before those that are injected, and after those that were planned before.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.script.append(faults);
    }

    /// How many of the planned faults are yet to come.
    pub fn left(&self) -> u64 {
        self.shared.script.left()
    }

    /// Forgets the planned faults that are yet to come, and tells how many they were.
    pub fn heal(&self) -> u64 {
        let left = self.left();
        self.shared.script.clear();
        left
    }

    /// How often this operation was called, whatever became of it. A save under a lock is a call of
    /// [`Operation::Lock`], too.
    pub fn calls(&self, operation: Operation) -> usize {
        let calls = self.shared.calls();
        calls.iter().filter(|(of, _)| *of == operation).count()
    }

    /// How many writes were called for, whatever became of them: saves, batches, saves under a lock,
    /// and renames.
    pub fn writes(&self) -> usize {
        let calls = self.shared.calls();
        calls.iter().filter(|(_, is_write)| *is_write).count()
    }

    pub(super) fn declared(&self) -> StoreInfo {
        let mut info = self.inner.info();
        info.capabilities = self.capabilities.clone();
        info
    }

    pub(super) fn past(&self) -> &Past {
        &self.shared.past
    }

    /// Makes a call, unless a fault keeps it from being made. `make` is told of the fault, for those
    /// that change what is made.
    pub(super) async fn meet<T, M>(
        &self,
        call: Call<'_>,
        make: impl FnOnce(Option<Arc<Fault>>) -> M + Send,
    ) -> Result<T>
    where
        T: Send,
        M: Future<Output = Result<T>> + Send,
    {
        let note = (call.operation(), call.is_write());
        self.shared.calls().push(note);
        let claim = self.shared.script.judge(&call, &self.shared.past);
        yield_now().await;
        let answer = match claim {
            None => make(None).await,
            Some(claim) => {
                let call_itself = make(Some(Arc::clone(&claim.what)));
                self.suffer(call, call_itself, claim).await
            }
        };
        if call.is_write() {
            self.deliver_what_is_late().await;
        }
        yield_now().await;
        answer
    }

    async fn suffer<T: Send>(
        &self,
        call: Call<'_>,
        made: impl Future<Output = Result<T>> + Send,
        claim: Claim<Arc<Fault>>,
    ) -> Result<T> {
        let fault = Arc::clone(&claim.what);
        let operation = call.operation();
        if let Some(before) = &fault.before {
            before.take_place().await;
        }
        let answer = match &fault.effect {
            Effect::Refuse(kind, class) => Err(self.refusal(operation, *kind, *class)),
            Effect::LoseRequest => Err(self.lost(operation)),
            Effect::LoseReply | Effect::LoseRest(_) => {
                made.await?;
                Err(self.lost(operation))
            }
            Effect::DropRequest => {
                claim.fire();
                return pending().await;
            }
            Effect::DropReply => {
                made.await?;
                claim.fire();
                return pending().await;
            }
            Effect::DeliverLate(behind) => {
                // It counts as a write itself when it is answered.
                let behind = behind.saturating_add(1);
                self.shared.late().extend(Late::of(call, behind, claim));
                return Err(self.lost(operation));
            }
            Effect::HaltAt(gate) => {
                gate.pass().await;
                made.await
            }
            Effect::Delay(time) => {
                self.clock.sleep(*time).await;
                made.await
            }
            Effect::Pass | Effect::RefuseEntry(..) | Effect::Stale => made.await,
        };
        if let Some(afterwards) = &fault.afterwards {
            afterwards.take_place().await;
        }
        claim.fire();
        answer
    }

    /// Makes as much of a batch as the fault leaves of it.
    pub(super) async fn make_batch(
        &self,
        batch: &[SaveRequest],
        fault: Option<Arc<Fault>>,
    ) -> Result<Vec<Result<()>>> {
        match fault.as_ref().map(|fault| &fault.effect) {
            Some(Effect::LoseRest(entries)) => {
                self.make_many(&batch[..batch.len().min(*entries)]).await
            }
            Some(Effect::RefuseEntry(entry, kind, class)) => {
                let refusal = self.refusal(Operation::SaveMany, *kind, *class);
                self.make_all_but(batch, *entry, refusal).await
            }
            _ => self.make_many(batch).await,
        }
    }

    /// Makes a batch of saves.
    async fn make_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let answers = self.inner.save_many(batch).await?;
        for (request, answer) in batch.iter().zip(&answers) {
            if answer.is_ok() {
                self.past().saved(request);
            }
        }
        Ok(answers)
    }

    async fn make_all_but(
        &self,
        batch: &[SaveRequest],
        entry: usize,
        refusal: Error,
    ) -> Result<Vec<Result<()>>> {
        let others: Vec<SaveRequest> = batch
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != entry)
            .map(|(_, request)| request.clone())
            .collect();
        let mut answers = self.make_many(&others).await?;
        answers.insert(entry.min(answers.len()), Err(refusal));
        Ok(answers)
    }

    async fn deliver_what_is_late(&self) {
        let arrived: Vec<Late> = {
            let mut late = self.shared.late();
            late.iter_mut()
                .for_each(|late| late.behind = late.behind.saturating_sub(1));
            late.extract_if(.., |late| late.behind == 0).collect()
        };
        for Late { write, claim, .. } in arrived {
            // Whoever sent it has long been told that nobody knows.
            match write {
                Write::Rename(rename) => drop(self.inner.rename(&rename).await),
                Write::SaveMany(batch) => drop(self.make_many(&batch).await),
            }
            claim.fire();
        }
    }

    fn refusal(&self, operation: Operation, kind: ErrorKind, class: RetryClass) -> Error {
        Error::new(kind, "a fault that the test asked for")
            .with_retry_class(class)
            .during(operation)
            .in_store(&self.inner.info().name)
    }

    fn lost(&self, operation: Operation) -> Error {
        self.refusal(
            operation,
            ErrorKind::Unavailable,
            RetryClass::OutcomeUnknown,
        )
    }
}

impl Shared {
    fn new(is_lenient: bool) -> Self {
        Self {
            script: Script::default(),
            past: Past::default(),
            late: Mutex::default(),
            calls: Mutex::default(),
            is_lenient,
        }
    }

    fn late(&self) -> MutexGuard<'_, Vec<Late>> {
        // No code panics while it holds one of the locks.
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn calls(&self) -> MutexGuard<'_, Vec<(Operation, bool)>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Late {
    fn of(call: Call<'_>, behind: u64, claim: Claim<Arc<Fault>>) -> Option<Self> {
        let write = match call {
            Call::Save(request) => Write::SaveMany(vec![request.clone()]),
            Call::SaveMany(batch) => Write::SaveMany(batch.to_vec()),
            Call::Rename(rename) => Write::Rename(Box::new(rename.clone())),
            _ => return None,
        };
        Some(Self {
            behind,
            write,
            claim,
        })
    }
}
