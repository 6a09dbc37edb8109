//! One store over two, while carts move from one to the other.

mod counts;
mod drain;
mod fence;
mod form;
mod home;
mod list;
mod lock;
mod mirror;
mod moving;
mod phase;
mod phases;
mod rename;
mod retire;
mod store;
mod write;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cart_core::{
    CartStore, Clock, Error, ErrorKind, Operation, Randomness, Result, RetryClass, SystemClock,
    SystemRandomness, Timestamp,
};

pub use counts::MirrorCounts;
pub use drain::{DrainBatch, DrainPlan, DrainRun, Owed};
pub use moving::{Direction, MoveBatch, MovePlan, MoveRun};
pub use phase::{Phase, PhaseState};
pub use phases::{Phases, Preconditions};
pub use retire::RetireRun;

use crate::both::as_own;
use counts::Counters;

/// A store over an old and a new one, for the time in which carts move from the one to the other.
///
/// A cart is at home in one of both, and its record in the old store says in which. The home alone
/// decides about a write; the other store gets the same version afterwards, or later: the write
/// itself marks the record, and a [`DrainPlan`] brings over whatever is marked. So a mirror that
/// can't be reached is never an error for a shopper, and nothing is forgotten.
///
/// What is done beyond that, the [`Phase`] says, which all processes read from the old store. A
/// process that doesn't know yet of another phase does no harm: wherever a cart has moved, its
/// record stands in the way.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::{Carts, MemoryCartStore};
/// use cart_migrate::DualWriteStore;
///
/// let (old, new) = (MemoryCartStore::new(), MemoryCartStore::new());
/// let carts = Carts::new(DualWriteStore::new(Arc::new(old), Arc::new(new)));
/// ```
///
/// Clones are handles to the same migration. Put retries and time limits around both stores.
#[derive(Clone, Debug)]
pub struct DualWriteStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pair: Pair,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    refresh: Duration,
    known: Mutex<Option<Known>>,
    counters: Counters,
    name: Arc<str>,
}

/// The stores between which carts move.
#[derive(Clone, Debug)]
struct Pair {
    old: Arc<dyn CartStore>,
    new: Arc<dyn CartStore>,
}

/// One of the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    New,
    Old,
}

/// The phase, as it was read.
#[derive(Clone, Copy, Debug)]
struct Known {
    phase: Phase,
    read_at: Timestamp,
}

/// How often something is tried that others may come in between.
const TRIES: usize = 16;

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::New => Self::Old,
            Self::Old => Self::New,
        }
    }
}

impl Pair {
    fn at(&self, side: Side) -> &dyn CartStore {
        match side {
            Side::New => &*self.new,
            Side::Old => &*self.old,
        }
    }
}

impl DualWriteStore {
    /// How long a process goes by a phase before it looks again, unless told otherwise.
    pub const DEFAULT_REFRESH: Duration = Duration::from_secs(5);

    /// The name that errors, metrics and reports carry.
    pub const NAME: &'static str = "dual";

    /// A store over `old` and `new`. The phase is read with the first call.
    pub fn new(old: Arc<dyn CartStore>, new: Arc<dyn CartStore>) -> Self {
        Self::from_shared(Shared {
            pair: Pair { old, new },
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            refresh: Self::DEFAULT_REFRESH,
            known: Mutex::default(),
            counters: Counters::default(),
            name: Self::NAME.into(),
        })
    }

    fn from_shared(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The same store, before its first use, changed by `change`.
    fn rebuilt(self, change: impl FnOnce(&mut Shared)) -> Self {
        let old = &self.shared;
        let mut shared = Shared {
            pair: old.pair.clone(),
            clock: Arc::clone(&old.clock),
            randomness: Arc::clone(&old.randomness),
            refresh: old.refresh,
            known: Mutex::default(),
            counters: Counters::default(),
            name: Arc::clone(&old.name),
        };
        change(&mut shared);
        Self::from_shared(shared)
    }

    /// The same store, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        self.rebuilt(|shared| shared.clock = clock)
    }

    /// The same store, taking the ids of its own writes from `randomness`.
    #[must_use]
    pub fn with_randomness(self, randomness: Arc<dyn Randomness>) -> Self {
        self.rebuilt(|shared| shared.randomness = randomness)
    }

    /// The same store, going by a phase for so long before it looks again.
    #[must_use]
    pub fn with_refresh(self, refresh: Duration) -> Self {
        self.rebuilt(|shared| shared.refresh = refresh)
    }

    /// What this handle has mirrored, moved and compared since it was made.
    pub fn counts(&self) -> MirrorCounts {
        self.shared.counters.read()
    }

    fn pair(&self) -> &Pair {
        &self.shared.pair
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The phase that this process goes by.
    async fn phase(&self) -> Result<Phase> {
        let known = *self.known();
        if let Some(known) = known
            && (known.phase == Phase::Complete
                || self.now().since(known.read_at) < self.shared.refresh)
        {
            return Ok(known.phase);
        }
        let read_at = self.now();
        match PhaseState::read(&*self.pair().old).await {
            Ok(PhaseState { phase, .. }) => {
                *self.known() = Some(Known { phase, read_at });
                Ok(phase)
            }
            // The marks in the records stop whoever goes by a phase that is over.
            Err(error) => known.map(|known| known.phase).ok_or(error),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<Known>> {
        let known = self.shared.known.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    /// An error of one of the stores, as this one's own.
    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_> {
        move |error| as_own(error, message_of, operation, &self.shared.name)
    }
}

fn message_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unsupported => "one of both stores can't do that: see the capabilities",
        ErrorKind::Invalid => "one of both stores refuses what it was asked: see the source",
        _ => "one of both stores failed: the source says which one, and how",
    }
}

/// The error of a call that others kept coming in between.
fn overtaken() -> Error {
    Error::new(
        ErrorKind::Busy,
        "the cart keeps moving between both stores: try again in a moment",
    )
    .with_retry_class(RetryClass::NotApplied)
}
