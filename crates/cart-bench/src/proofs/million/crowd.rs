//! A store with many carts beside one with few.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::{
    CartStore, Clock, Expect, LoadRequest, Randomness, SaveRequest, StoredCart, SystemClock,
};
use cart_testkit::SeededRandomness;

use super::FEW;
use crate::backend::open;
use crate::carts::key;
use crate::pairs::Interval;
use crate::proof::{Figures, Proven, Refuted, ensure};

const BATCH: u64 = 1_000;
const PAIRS: usize = 31;
/// Operations in the window of a pair.
const WINDOW: u64 = 100;
/// How many times as long an operation may take on a thousand times as many carts.
const SLOWER: f64 = 1.3;

/// A store with so many carts.
pub(super) struct Crowd {
    store: Arc<dyn CartStore>,
    count: u64,
    template: StoredCart,
    randomness: SeededRandomness,
}

impl Crowd {
    /// One with the first of its carts.
    pub(super) async fn new(url: &str, count: u64, template: &StoredCart) -> Result<Self, Refuted> {
        let crowd = Self {
            store: open(url).await?,
            count,
            template: template.clone(),
            randomness: SeededRandomness::new(count),
        };
        let first = crowd.request(0, Expect::Absent);
        crowd.store.save(&first).await?;
        Ok(crowd)
    }

    fn request(&self, number: u64, expect: Expect) -> SaveRequest {
        let record = self.template.record.clone();
        SaveRequest::new(key_of(number), record, expect)
    }

    /// Saves the others.
    pub(super) async fn fill(&self) -> Result<(), Refuted> {
        let mut next = 1;
        while next < self.count {
            let end = self.count.min(next + BATCH);
            let batch: Vec<_> = (next..end)
                .map(|number| self.request(number, Expect::Absent))
                .collect();
            for saved in self.store.save_many(&batch).await? {
                saved?;
            }
            next = end;
        }
        Ok(())
    }

    fn any(&self) -> u64 {
        self.randomness.next() % self.count
    }

    /// The median time of some operations, in microseconds.
    async fn median(&self, what: What) -> Result<f64, Refuted> {
        let mut times = Vec::new();
        for _ in 0..WINDOW {
            let took = match what {
                What::Load => self.load().await?,
                What::Save => self.save().await?,
            };
            times.push(took.as_secs_f64() * 1e6);
        }
        Ok(Interval::around(times).median)
    }

    async fn load(&self) -> Result<Duration, Refuted> {
        let request = LoadRequest::new(key_of(self.any()));
        let start = Instant::now();
        let stored = self.store.load(&request).await?;
        let took = start.elapsed();
        stored.into_live().ok_or("a cart is missing")?;
        Ok(took)
    }

    async fn save(&self) -> Result<Duration, Refuted> {
        let number = self.any();
        let stored = self.store.load(&LoadRequest::new(key_of(number))).await?;
        let mut record = stored.into_live().ok_or("a cart is missing")?;
        let version = record.header.version;
        record.header.version = version.next(self.randomness.next())?;
        // As every edit does. A row with nothing new for the indexes is cheaper to write where its page
        // has room, as the pages of a few carts that are written again and again have.
        record.header.updated_at = SystemClock.now();
        let request = SaveRequest::new(key_of(number), record, Expect::Version(version));
        let start = Instant::now();
        self.store.save(&request).await?;
        Ok(start.elapsed())
    }
}

pub(super) fn key_of(number: u64) -> cart_core::CartKey {
    key(usize::try_from(number).unwrap_or(usize::MAX))
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Load,
    Save,
}

/// The median times of an operation in microseconds, and how they compare.
#[derive(Debug)]
pub(super) struct Compared {
    what: What,
    many: f64,
    few: f64,
    quotient: Interval,
}

/// Measures an operation on both, in turns.
pub(super) async fn compare(many: &Crowd, few: &Crowd, what: What) -> Result<Compared, Refuted> {
    // Once beforehand, so that connections are open and statements prepared.
    many.median(what).await?;
    few.median(what).await?;
    let [mut of_many, mut of_few, mut quotients] = [const { Vec::new() }; 3];
    for pair in 0..PAIRS {
        let (slow, fast) = if pair % 2 == 0 {
            let slow = many.median(what).await?;
            (slow, few.median(what).await?)
        } else {
            let fast = few.median(what).await?;
            (many.median(what).await?, fast)
        };
        of_many.push(slow);
        of_few.push(fast);
        quotients.push(slow / fast);
    }
    Ok(Compared {
        what,
        many: Interval::around(of_many).median,
        few: Interval::around(of_few).median,
        quotient: Interval::around(quotients),
    })
}

impl Compared {
    pub(super) fn show(&self, figures: &mut Figures) {
        let Self {
            what,
            many,
            few,
            quotient,
        } = self;
        eprintln!(
            "million: {what:?} takes {many:.0} µs with many carts and {few:.0} µs with {FEW}: \
             {quotient} times as long"
        );
        let name = match what {
            What::Load => "a load, in % of one with 1,000 carts",
            What::Save => "a save, in % of one with 1,000 carts",
        };
        figures.set_rounded(name, quotient.median * 100.0);
    }

    pub(super) fn ensure_flat(&self) -> Proven {
        let (what, slower) = (self.what, self.quotient.median);
        ensure(slower <= SLOWER, || {
            format!("a {what:?} takes {slower:.2} times as long as with {FEW} carts")
        })
    }
}
