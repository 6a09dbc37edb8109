//! What happened to all logins.

use std::sync::atomic::{AtomicU64, Ordering};

use super::death::{Moment, Way};
use crate::proof::{Figures, Proven, ensure};

#[derive(Debug, Default)]
pub(super) struct Tally {
    logins: AtomicU64,
    repeats: AtomicU64,
    units: AtomicU64,
    looks: AtomicU64,
    /// By moment and by way.
    deaths: [[AtomicU64; Way::ALL.len()]; Moment::ALL.len()],
    deaths_beside_others: AtomicU64,
}

fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::SeqCst);
}

impl Tally {
    pub(super) fn died(&self, moment: usize, way: Way) {
        add(&self.deaths[moment][way as usize], 1);
    }

    pub(super) fn died_beside_others(&self, has: bool) {
        add(&self.deaths_beside_others, u64::from(has));
    }

    pub(super) fn repeated(&self) {
        add(&self.repeats, 1);
    }

    pub(super) fn looked(&self) {
        add(&self.looks, 1);
    }

    pub(super) fn ended(&self, units: u64) {
        add(&self.logins, 1);
        add(&self.units, units);
    }

    /// Lists what was counted. Nothing is shown of a kind of death that nobody died.
    pub(super) fn list(&self, figures: &mut Figures) -> Proven {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let deaths = self
            .deaths
            .each_ref()
            .map(|ways| ways.each_ref().map(count));
        figures.set("logins", count(&self.logins));
        figures.set("repeats, eight at once", count(&self.repeats));
        figures.set("units, each in one cart in the end", count(&self.units));
        figures.set("looks beside the repeats", count(&self.looks));
        let mut kinds = Vec::new();
        for (name, ways) in Moment::NAMES.into_iter().zip(&deaths) {
            kinds.push((name, ways.iter().sum()));
        }
        for (way, name) in Way::NAMES.into_iter().enumerate() {
            kinds.push((name, deaths.iter().map(|ways| ways[way]).sum()));
        }
        let beside = "deaths beside the repeats";
        kinds.push((beside, count(&self.deaths_beside_others)));
        let all: u64 = deaths.iter().flatten().sum();
        for (name, fired) in &kinds {
            figures.set(name, *fired);
        }
        figures.set_faults(all + count(&self.deaths_beside_others));
        let never = kinds.iter().find(|(_, fired)| *fired == 0);
        ensure(never.is_none(), || format!("no fault of a kind: {never:?}"))
    }
}
