//! What can happen to a call, and to which of them it does.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{ErrorKind, Operation, RetryClass};

use super::call::Call;
use super::gate::Gate;
use super::past::Past;

/// A fault in the calls of a store, for [`FaultStore::inject`](super::FaultStore::inject) and
/// [`FaultStore::plan`](super::FaultStore::plan).
///
/// Without anything more it happens to every write: saves, batches of them, saves under a lock, and
/// renames; a stale answer, to every load. [`on`](Self::on), [`on_everything`](Self::on_everything)
/// and [`when`](Self::when) choose other calls; [`after`](Self::after), [`times`](Self::times) and
/// [`one_in`](Self::one_in) narrow that down. Calls are counted in the order in which they come.
///
/// ```
/// use cart_core::Operation;
/// use cart_testkit::faults::Fault;
///
/// // The replies to the third and the fourth save are lost.
/// let lost = Fault::lose_reply().on([Operation::Save]).after(2).times(2);
/// // One call in ten finds nobody; which ones, the seed decides.
/// let gone = Fault::unreachable().on_everything().one_in(10, 4_711);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) effect: Effect,
    pub(super) before: Option<Action>,
    pub(super) afterwards: Option<Action>,
    pub(super) times: Option<u64>,
    pub(super) after: u64,
    pub(super) one_in: u64,
    pub(super) seed: u64,
    calls: Calls,
    condition: Option<Condition>,
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// It goes through.
    Pass,
    /// It is not made.
    Refuse(ErrorKind, RetryClass),
    /// One entry of a batch is not made.
    RefuseEntry(usize, ErrorKind, RetryClass),
    /// It is not made, and nobody knows.
    LoseRequest,
    /// It is made, and nobody knows.
    LoseReply,
    /// So many entries of a batch are made, and nobody knows.
    LoseRest(usize),
    /// It is not made, and there is no end.
    DropRequest,
    /// It is made, and there is no end.
    DropReply,
    /// It is made once the gate opens.
    HaltAt(Gate),
    /// It is made after this time.
    Delay(Duration),
    /// Nobody knows, and it is made after so many further writes.
    DeliverLate(u64),
    /// It is answered with what was stored before.
    Stale,
}

#[derive(Clone, Debug)]
enum Calls {
    Loads,
    Writes,
    All,
    Of(Arc<[Operation]>),
}

type Future = Pin<Box<dyn std::future::Future<Output = ()> + Send>>;

/// What somebody else does.
#[derive(Clone)]
pub(super) struct Action(Arc<dyn Fn() -> Future + Send + Sync>);

impl Action {
    fn new<F>(act: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: std::future::Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(act())))
    }

    pub(super) async fn take_place(&self) {
        (self.0)().await;
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an action of the test's")
    }
}

#[derive(Clone)]
struct Condition(Arc<dyn Fn(&Call<'_>) -> bool + Send + Sync>);

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a condition of the test's")
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            calls: match effect {
                Effect::Stale => Calls::Loads,
                _ => Calls::Writes,
            },
            effect,
            before: None,
            afterwards: None,
            times: None,
            after: 0,
            one_in: 1,
            seed: 0,
            condition: None,
        }
    }

    /// Nothing: the call goes through. A place in a plan, or something to hang
    /// [`before`](Self::before) and [`afterwards`](Self::afterwards) on.
    pub fn none() -> Self {
        Self::new(Effect::Pass)
    }

    /// The call is not made, and fails like this.
    pub fn refuse(kind: ErrorKind, class: RetryClass) -> Self {
        Self::new(Effect::Refuse(kind, class))
    }

    /// The call is not made, as the store can't be reached: `Unavailable`, not applied.
    pub fn unreachable() -> Self {
        Self::refuse(ErrorKind::Unavailable, RetryClass::NotApplied)
    }

    /// One entry of a batch, counted from 0, is not made and fails like this; the others are made.
    /// A batch that is shorter goes through.
    pub fn refuse_entry(entry: usize, kind: ErrorKind, class: RetryClass) -> Self {
        Self::new(Effect::RefuseEntry(entry, kind, class))
    }

    /// The call is not made, and the caller can't know: `Unavailable`, of unknown outcome.
    pub fn lose_request() -> Self {
        Self::new(Effect::LoseRequest)
    }

    /// The call is made, and the caller can't know: `Unavailable`, of unknown outcome. What the
    /// store refuses is told, and is no occasion for the fault.
    pub fn lose_reply() -> Self {
        Self::new(Effect::LoseReply)
    }

    /// The first `entries` entries of a batch are made, and the caller can't know: a connection
    /// that breaks in the middle.
    pub fn lose_rest(entries: usize) -> Self {
        Self::new(Effect::LoseRest(entries))
    }

    /// The call is not made, and never answered: the caller runs into its timeout.
    pub fn drop_request() -> Self {
        Self::new(Effect::DropRequest)
    }

    /// The call is made, and never answered: the caller runs into its timeout.
    pub fn drop_reply() -> Self {
        Self::new(Effect::DropReply)
    }

    /// The call is made once the gate opens: others can come in between.
    pub fn halt_at(gate: &Gate) -> Self {
        Self::new(Effect::HaltAt(gate.clone()))
    }

    /// The call is made after this time by the clock of the
    /// [`FaultStore`](super::FaultStore::with_clock).
    pub fn delay(time: Duration) -> Self {
        Self::new(Effect::Delay(time))
    }

    /// The outcome is unknown, as by [`lose_request`](Self::lose_request), and the call is made all
    /// the same once `writes` further writes were answered: what was sent first arrives last.
    /// It has come when it is made. Saves under a lock go through.
    pub fn deliver_late(writes: u64) -> Self {
        Self::new(Effect::DeliverLate(writes))
    }

    /// A load is answered as by a replica that is behind: with what was stored before the newest
    /// write, as far as it went through this [`FaultStore`](super::FaultStore). A load that asks
    /// for a later version, or renews the expiry, is answered truly.
    pub fn stale() -> Self {
        Self::new(Effect::Stale)
    }

    /// Happens to these operations only.
    #[must_use]
    pub fn on(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.calls = Calls::Of(operations.into_iter().collect());
        self
    }

    /// Happens to reads and writes alike.
    #[must_use]
    pub fn on_everything(mut self) -> Self {
        self.calls = Calls::All;
        self
    }

    /// Happens only to calls for which this holds.
    #[must_use]
    pub fn when(mut self, holds: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Condition(Arc::new(holds)));
        self
    }

    /// Spares the first `calls` of those that it would happen to.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    /// Happens so often at most; in a plan, so often in a row, and once unless it is said.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens to one call in `calls` on average. Which ones, the seed decides.
    #[must_use]
    pub fn one_in(mut self, calls: u64, seed: u64) -> Self {
        self.one_in = calls;
        self.seed = seed;
        self
    }

    /// Somebody else does this just before the call would be made.
    #[must_use]
    pub fn before<F>(mut self, act: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: std::future::Future<Output = ()> + Send + 'static,
    {
        self.before = Some(Action::new(act));
        self
    }

    /// Somebody else does this after the call, before the caller is answered.
    #[must_use]
    pub fn afterwards<F>(mut self, act: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: std::future::Future<Output = ()> + Send + 'static,
    {
        self.afterwards = Some(Action::new(act));
        self
    }

    pub(super) fn is_stale(&self) -> bool {
        matches!(self.effect, Effect::Stale)
    }

    /// Whether it may happen to a call like this.
    pub(super) fn fits(&self, call: &Call<'_>, past: &Past) -> bool {
        let is_meant = match &self.calls {
            Calls::Loads => matches!(call, Call::Load(_)),
            Calls::Writes => call.is_write(),
            Calls::All => true,
            Calls::Of(operations) => operations.contains(&call.operation()),
        };
        let is_possible = match (&self.effect, call) {
            (Effect::Stale, Call::Load(request)) => past.answer(request).is_some(),
            (Effect::Stale, _) => false,
            (Effect::RefuseEntry(entry, ..), Call::SaveMany(batch)) => *entry < batch.len(),
            (Effect::RefuseEntry(..) | Effect::LoseRest(_), call) => {
                matches!(call, Call::SaveMany(_))
            }
            (Effect::DeliverLate(_), call) => {
                call.is_write() && !matches!(call, Call::LockedSave(_))
            }
            _ => true,
        };
        is_meant && is_possible && self.condition.as_ref().is_none_or(|only| (only.0)(call))
    }
}
