//! Decides which exchanges meet a fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cart_core::Randomness;

use super::fault::{Effect, Fault};
use crate::SeededRandomness;
use crate::injection::{Active, Actives, Claim, Firings};

/// A fault, and how far it has got.
#[derive(Debug)]
pub(super) struct Planned {
    fault: Fault,
    seen: u64,
    /// Exchanges that it has come to, or is about to.
    claimed: Arc<AtomicU64>,
    randomness: SeededRandomness,
    firings: Firings,
}

impl Planned {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            seen: 0,
            claimed: Arc::default(),
            randomness: SeededRandomness::new(fault.seed),
            firings: Firings::default(),
            fault,
        }
    }

    fn claim(&mut self, request: &[u8]) -> Option<Claim<Effect>> {
        let fault = &self.fault;
        if !holds(request, &fault.text) {
            return None;
        }
        self.seen += 1;
        if self.seen <= fault.after || self.claimed.load(Ordering::SeqCst) >= fault.times {
            return None;
        }
        if !self.randomness.next().is_multiple_of(fault.one_in.max(1)) {
            return None;
        }
        let what = fault.effect;
        Some(Claim::new(what, &self.claimed, &self.firings))
    }
}

impl Active for Planned {
    fn firings(&self) -> &Firings {
        &self.firings
    }
}

impl Actives<Planned> {
    /// The fault that this request meets: of several, the one that was injected first.
    pub(super) fn judge(&self, request: &[u8]) -> Option<Claim<Effect>> {
        self.ones().iter_mut().find_map(|one| one.claim(request))
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Which of twelve requests meet the fault.
    fn met(fault: Fault) -> Vec<usize> {
        let mut planned = Planned::new(fault);
        let mut hit = |number: &usize| match planned.claim(format!("request {number}").as_bytes()) {
            Some(claim) => {
                claim.fire();
                true
            }
            None => false,
        };
        (1..=12).filter(|number| hit(number)).collect()
    }

    #[test]
    fn a_fault_comes_to_those_exchanges_that_it_names() {
        let fault = || Fault::delay(Duration::ZERO);
        assert_eq!(met(fault().after(9)), [10, 11, 12]);
        assert_eq!(met(fault().times(2)), [1, 2]);
        assert_eq!(met(fault().on("request 1")), [1, 10, 11, 12]);
        assert_eq!(met(fault().on("request 1").after(1).times(2)), [10, 11]);
    }

    #[test]
    fn chance_is_repeated_by_its_seed() {
        let fault = |seed| Fault::delay(Duration::ZERO).one_in(3, seed);
        assert_eq!(met(fault(1)), met(fault(1)));
        assert_ne!(met(fault(1)), met(fault(2)));
    }

    #[test]
    fn a_claim_that_comes_to_nothing_is_given_back() {
        let mut planned = Planned::new(Fault::cut_after_request().times(1));
        let claim = planned.claim(b"");
        assert!(claim.is_some() && planned.claim(b"").is_none());
        drop(claim);
        assert!(planned.claim(b"").is_some());
    }
}
