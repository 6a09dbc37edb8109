//! Decides which calls meet a fault.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cart_core::Randomness;

use super::call::Call;
use super::fault::Fault;
use super::past::Past;
use crate::SeededRandomness;
use crate::injection::{Active, Actives, Claim, Firings};

/// A fault, and how far it has got.
#[derive(Debug)]
pub(super) struct Planned {
    fault: Arc<Fault>,
    seen: u64,
    times: u64,
    /// Calls that it has come to, or is about to.
    claimed: Arc<AtomicU64>,
    randomness: SeededRandomness,
    firings: Firings,
}

impl Planned {
    fn new(fault: Fault, times: u64) -> Self {
        Self {
            seen: 0,
            times,
            claimed: Arc::default(),
            randomness: SeededRandomness::new(fault.seed),
            firings: Firings::default(),
            fault: Arc::new(fault),
        }
    }

    /// A fault that lasts.
    pub(super) fn injected(fault: Fault) -> Self {
        let times = fault.times.unwrap_or(u64::MAX);
        Self::new(fault, times)
    }

    fn is_used_up(&self) -> bool {
        self.claimed.load(Ordering::SeqCst) >= self.times
    }

    fn left(&self) -> u64 {
        self.times.saturating_sub(self.firings.count())
    }

    fn claim(&mut self, call: &Call<'_>, past: &Past) -> Option<Claim<Arc<Fault>>> {
        if !self.fault.fits(call, past) {
            return None;
        }
        self.seen += 1;
        if self.seen <= self.fault.after || self.is_used_up() {
            return None;
        }
        if !self
            .randomness
            .next()
            .is_multiple_of(self.fault.one_in.max(1))
        {
            return None;
        }
        let what = Arc::clone(&self.fault);
        Some(Claim::new(what, &self.claimed, &self.firings))
    }
}

impl Active for Planned {
    fn firings(&self) -> &Firings {
        &self.firings
    }
}

/// The faults that last, and those that come one after the other.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) injected: Arc<Actives<Planned>>,
    queue: Mutex<VecDeque<Planned>>,
}

impl Script {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Planned>> {
        // Each change is one push, one removal or one count.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds faults to those that come one after the other.
    pub(super) fn append(&self, faults: impl IntoIterator<Item = Fault>) {
        let planned = faults.into_iter().map(|fault| {
            let times = fault.times.unwrap_or(1);
            Planned::new(fault, times)
        });
        self.queue().extend(planned);
    }

    /// How often the faults that come one after the other have yet to come.
    pub(super) fn left(&self) -> u64 {
        self.queue().iter().map(Planned::left).sum()
    }

    /// Forgets the faults that come one after the other.
    pub(super) fn clear(&self) {
        self.queue().clear();
    }

    /// The fault that this call meets: the next of the plan, or that which was injected first.
    pub(super) fn judge(&self, call: &Call<'_>, past: &Past) -> Option<Claim<Arc<Fault>>> {
        let of_plan = {
            let mut queue = self.queue();
            queue.retain(|planned| planned.left() > 0);
            let next = queue.iter_mut().find(|planned| !planned.is_used_up());
            next.and_then(|next| next.claim(call, past))
        };
        of_plan.or_else(|| {
            let mut injected = self.injected.ones();
            injected.iter_mut().find_map(|one| one.claim(call, past))
        })
    }
}
