//! Settings of [`Carts`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::observer::Observer;
use super::policy::{ExpiryPolicy, Policy};
use super::queue::EditQueue;
use super::recent::RecentWrites;
use super::{Carts, Shared};
use crate::domain::{CustomRule, Limits, Rounding, RuleBook};
use crate::randomness::{Randomness, SystemRandomness};
use crate::storage::{CartStore, Instance, Requirement, Result, ScanSupport, Scope, StoreInfo};
use crate::time::{Clock, SystemClock};

/// Builds [`Carts`]; made by [`Carts::builder`].
#[derive(Debug)]
pub struct CartsBuilder {
    store: Arc<dyn CartStore>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    limits: Limits,
    rounding: Rounding,
    rules: RuleBook,
    policy: Policy,
    observers: Vec<Arc<dyn Observer>>,
    events: bool,
    remembered: usize,
}

impl CartsBuilder {
    /// How long a tombstone is kept unless told otherwise: a day.
    pub const DEFAULT_TOMBSTONES: Duration = Duration::from_secs(24 * 60 * 60);
    /// How long an edit goes on trying unless told otherwise.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

    pub(super) fn new(store: Arc<dyn CartStore>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            limits: Limits::default(),
            rounding: Rounding::default(),
            rules: RuleBook::default(),
            policy: Policy {
                expiry: ExpiryPolicy::NEVER,
                expiry_of: BTreeMap::new(),
                tombstones: Self::DEFAULT_TOMBSTONES,
                keep_deleted: None,
                deadline: Self::DEFAULT_DEADLINE,
                lock: false,
            },
            observers: Vec::new(),
            events: true,
            remembered: 0,
        }
    }

    /// Takes the time from `clock`; the store has a clock of its own, and should have the same.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes random numbers from `randomness`.
    #[must_use]
    pub fn randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    /// Holds writes to `limits`.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Rounds totals this way.
    #[must_use]
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Adds a rule of the application's own, which conditions name.
    #[must_use]
    pub fn rule(mut self, name: impl Into<String>, rule: Arc<dyn CustomRule>) -> Self {
        self.rules = self.rules.with(name, rule);
        self
    }

    /// Lets carts expire.
    #[must_use]
    pub fn expiry(mut self, expiry: ExpiryPolicy) -> Self {
        self.policy.expiry = expiry;
        self
    }

    /// Lets the carts of one instance expire by a policy of their own: a wishlist, say, is kept for
    /// longer than a basket.
    #[must_use]
    pub fn expiry_of(mut self, instance: Instance, expiry: ExpiryPolicy) -> Self {
        self.policy.expiry_of.insert(instance, expiry);
        self
    }

    /// Keeps tombstones this long. While one is kept, a cart that is made again goes on with the
    /// old sequence, and copies can tell "deleted" from "never seen".
    #[must_use]
    pub fn keep_tombstones(mut self, duration: Duration) -> Self {
        self.policy.tombstones = duration;
        self
    }

    /// Keeps what deleted carts held this long, or as long as their tombstones, whichever is
    /// longer: so long [`CartHandle::restore`](super::CartHandle::restore) brings them back. Without,
    /// nothing is kept.
    ///
    /// What is kept is personal data; [`Carts::erase`] removes it. A store that can't list finds
    /// no deleted cart again: nothing is kept there.
    #[must_use]
    pub fn keep_deleted(mut self, duration: Duration) -> Self {
        self.policy.keep_deleted = Some(duration);
        self
    }

    /// Lets an edit go on trying this long, however often it meets a conflict.
    #[must_use]
    pub fn edit_deadline(mut self, deadline: Duration) -> Self {
        self.policy.deadline = deadline;
        self
    }

    /// Runs each edit under the cart's own lock, where the store has one: for hot carts.
    #[must_use]
    pub fn lock_for_update(mut self, lock: bool) -> Self {
        self.policy.lock = lock;
        self
    }

    /// Remembers the `count` carts that were written last, so that the next edit of one is a single
    /// call to the store: it writes upon what is remembered, if the store still holds just that, and
    /// begins anew with what the store holds otherwise. Nothing else ever shows what is remembered.
    ///
    /// For shops whose visitors meet the same process again. Where others write in between, an edit
    /// takes one call more than without. What is remembered is personal data in the memory of this
    /// process, until it is written again, others crowd it out, or [`Carts::erase`] is called here.
    ///
    /// Without effect where edits hold a lock, which brings the cart along, and on stores that don't
    /// compare versions. Nothing is remembered unless told so.
    #[must_use]
    pub fn remember_writes(mut self, count: usize) -> Self {
        self.remembered = count;
        self
    }

    /// Tells `observer` of what was done, after the store has acknowledged it.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Whether observers hear of anything; they do unless told otherwise.
    #[must_use]
    pub fn events(mut self, events: bool) -> Self {
        self.events = events;
        self
    }

    /// The store's name and powers.
    pub fn info(&self) -> StoreInfo {
        self.store.info()
    }

    /// The carts, if the store offers what the application can't do without.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported), saying what is missing.
    pub fn require(self, requirements: &[Requirement]) -> Result<Carts> {
        let mut needed = requirements.to_vec();
        if self.policy.lock {
            needed.push(Requirement::Lock);
        }
        if self.policy.keep_deleted.is_some() {
            needed.push(Requirement::Scan(ScanSupport::Full));
        }
        self.store.info().require(&needed)?;
        Ok(self.build())
    }

    /// The carts.
    pub fn build(self) -> Carts {
        let Self {
            store,
            clock,
            randomness,
            limits,
            rounding,
            rules,
            mut policy,
            mut observers,
            events,
            remembered,
        } = self;
        if !events {
            observers.clear();
        }
        let capabilities = store.info().capabilities;
        policy.lock &= capabilities.lock;
        if capabilities.scan == ScanSupport::None {
            policy.keep_deleted = None;
        }
        let queue = EditQueue::default();
        let recent = if policy.lock || capabilities.compare_and_set == Scope::None {
            RecentWrites::default()
        } else {
            RecentWrites::latest(remembered)
        };
        let shared = Shared {
            store,
            clock,
            randomness,
            limits,
            rounding,
            rules,
            policy,
            observers,
            queue,
            recent,
        };
        Carts {
            shared: Arc::new(shared),
        }
    }
}
