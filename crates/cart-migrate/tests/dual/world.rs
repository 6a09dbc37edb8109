//! Two stores, and what must be so in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cart_core::{
    CartKey, CartRecord, CartStore, Clock, Instance, LoadRequest, MemoryCartStore, Owner,
    RecordState, Stored, Timestamp, Version,
};
use cart_migrate::{DrainPlan, DualWriteStore, Phases};
use cart_testkit::ManualClock;

use crate::gate::Gate;
use crate::schedule::{Chance, run};

/// What shoppers were told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Items whose adding was acknowledged.
    pub(crate) added: BTreeSet<u64>,
    /// Items whose cart was deleted, acknowledged.
    pub(crate) deleted: BTreeSet<u64>,
    /// Items that were sent, whatever became of them.
    pub(crate) sent: BTreeSet<u64>,
    /// Items of carts whose deletion was sent.
    pub(crate) perhaps_deleted: BTreeSet<u64>,
}

/// Two stores under one clock.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) chance: Chance,
    pub(crate) old: Gate,
    pub(crate) new: Gate,
    told: Arc<Mutex<Told>>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new());
        let store = || {
            let clock = Arc::clone(&clock) as Arc<dyn Clock>;
            Gate::new(MemoryCartStore::new().with_clock(clock))
        };
        Self {
            chance: Chance::new(seed),
            old: store(),
            new: store(),
            told: Arc::default(),
            clock,
        }
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process, which goes for ever by the phase that it reads first.
    pub(crate) fn process(&self) -> DualWriteStore {
        DualWriteStore::new(self.old.shared(), self.new.shared())
            .with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
            .with_randomness(self.chance.randomness())
    }

    pub(crate) fn phases(&self) -> Phases {
        Phases::new(self.old.shared(), self.new.shared())
            .with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    /// Brings over all that is marked.
    pub(crate) fn drain(&self) {
        let process = self.process();
        run(async move {
            let mut drain = DrainPlan::new().begin(process);
            while let Some(batch) = drain.next_batch().await.expect("a batch") {
                assert_eq!(batch.refused, [], "what the drain left");
            }
        });
    }

    /// What is wrong with what is stored now, by what shoppers were told: `reader` is how they look
    /// at it.
    pub(crate) fn violation(&self, reader: &Arc<dyn CartStore>) -> Option<String> {
        self.drain();
        let mut found: BTreeMap<u64, usize> = BTreeMap::new();
        for key in keys() {
            let (reader, request) = (Arc::clone(reader), LoadRequest::new(key.clone()));
            let stored = run(async move { reader.load(&request).await }).expect("a read");
            if let Stored::Live(record) = &stored {
                for item in items(record) {
                    *found.entry(item).or_default() += 1;
                }
            }
            if let Some(drift) = self.drift(&key) {
                return Some(drift);
            }
        }
        let told = self.told();
        let kept = told.added.difference(&told.perhaps_deleted);
        let lost: Vec<_> = kept.filter(|item| !found.contains_key(item)).collect();
        let back: Vec<_> = told
            .deleted
            .iter()
            .filter(|item| found.contains_key(item))
            .collect();
        let invented: Vec<_> = found
            .keys()
            .filter(|item| !told.sent.contains(item))
            .collect();
        let doubled: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
        let is_good =
            lost.is_empty() && back.is_empty() && invented.is_empty() && doubled.is_empty();
        (!is_good).then(|| {
            format!("lost {lost:?}, back {back:?}, invented {invented:?}, doubled {doubled:?}")
        })
    }

    /// In what the stores differ about a cart after all was brought over.
    fn drift(&self, key: &CartKey) -> Option<String> {
        let at = |gate: &Gate| {
            let (memory, request) = (gate.memory.clone(), LoadRequest::new(key.clone()));
            run(async move { memory.load(&request).await }).expect("a read")
        };
        let [old, new] = [at(&self.old), at(&self.new)];
        let says_moved = |stored: &Stored| matches!(stored, Stored::Live(record) if record.header.state == RecordState::Moved);
        let (home, other) = if says_moved(&old) {
            (&new, &old)
        } else {
            (&old, &new)
        };
        let is_equal = match (home, other) {
            (Stored::Live(home), Stored::Live(other)) => {
                home.header.state == RecordState::Live
                    && home.header.version.sequence() == other.header.version.sequence()
                    && home.parts == other.parts
                    && !home.header.marked
            }
            (Stored::Live(_), _) => false,
            // What is absent at home must not look like a cart elsewhere.
            (_, Stored::Live(other)) => other.header.state == RecordState::Moved,
            _ => true,
        };
        (!is_equal).then(|| format!("drift: old {old:?}, new {new:?}"))
    }
}

/// The carts that shoppers use.
pub(crate) fn keys() -> [CartKey; 2] {
    ["ann", "bob"].map(|name| {
        let owner = Owner::user(name).expect("an owner");
        CartKey::new(owner, Instance::default())
    })
}

/// A cart with these items.
pub(crate) fn cart(version: Version, items: &[u64]) -> CartRecord {
    let mut record = CartRecord::new(version, Timestamp::from_millis(0));
    let texts: Vec<String> = items.iter().map(u64::to_string).collect();
    record.parts.items = format!("[{}]", texts.join(",")).into();
    record
}

pub(crate) fn items(record: &CartRecord) -> Vec<u64> {
    let text = record.parts.items.as_str();
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    let numbers = inner.split(',').filter(|text| !text.is_empty());
    numbers
        .map(|text| text.parse().expect("a number"))
        .collect()
}
