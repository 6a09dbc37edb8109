//! One of a cluster's primaries dies: what the carts on the others notice, and when the carts that it
//! had are back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cart_core::{
    CartRecord, CartStore, Expect, LoadRequest, Randomness, SaveRequest, Timestamp, Version,
};
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, RedisCluster, Server};
use tokio::task::JoinSet;

use crate::arguments::Arguments;
use crate::backend::open;
use crate::carts::key;
use crate::proof::{Figures, Proven, Refuted, ensure};

const CARTS: usize = 24;
/// Calls for each cart before the primary dies.
const BEFORE: u64 = 400;
/// Calls in a row that show that a cart is back.
const BACK: u64 = 50;
/// What one call may take, with all its attempts: the store's default.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How long a cart of the dead primary may be away.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call and how it ended.
#[derive(Clone, Copy, Debug)]
struct Call {
    began: Instant,
    ended: Instant,
    failed: bool,
}

impl Call {
    fn took(&self) -> Duration {
        self.ended - self.began
    }
}

/// What became of the calls of several carts.
#[derive(Debug, Default)]
struct Tally {
    carts: u64,
    calls: u64,
    errors: u64,
    longest_before: Duration,
    longest: Duration,
    /// From the death to the first success that no failure follows, of the last cart.
    back: Duration,
}

pub(in super::super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let before = arguments.scale.of(BEFORE);
    tokio::runtime::Runtime::new()?.block_on(async {
        let cluster = RedisCluster::start(Options::new()).await?;
        let store = open(&cluster.url()).await?;
        let over = Arc::new(AtomicBool::new(false));
        let started = Arc::new(tokio::sync::Barrier::new(CARTS + 1));
        let mut tasks = JoinSet::new();
        for cart in 0..CARTS {
            let shopper = Shopper {
                store: Arc::clone(&store),
                cart,
                calls: Vec::new(),
                randomness: SeededRandomness::new(cart as u64),
            };
            tasks.spawn(shopper.shop(before, Arc::clone(&started), Arc::clone(&over)));
        }
        started.wait().await;
        let victim = cluster.primary_of(0).await?;
        let keys = victim.command(&["KEYS", "cart:{*"]).await?;
        victim.kill()?;
        let killed = Instant::now();
        cluster.successor_of(victim, 0).await?;
        let replaced = killed.elapsed();
        over.store(true, Ordering::SeqCst);
        let [mut healthy, mut dead] = [Tally::default(), Tally::default()];
        while let Some(ended) = tasks.join_next().await {
            let (cart, calls) = ended??;
            let is_dead = keys.contains(&format!("shopper-{cart}}}"));
            let tally = if is_dead { &mut dead } else { &mut healthy };
            tally.add(&calls, killed);
        }
        show(&healthy, &dead, replaced, figures);
        judge(&healthy, &dead)
    })
}

fn show(healthy: &Tally, dead: &Tally, replaced: Duration, figures: &mut Figures) {
    figures.set("carts on the other primaries", healthy.carts);
    figures.set("their calls meanwhile", healthy.calls);
    figures.set("their errors", healthy.errors);
    for (name, time) in [
        ("their longest call before, ms", healthy.longest_before),
        ("their longest call meanwhile, ms", healthy.longest),
        ("until a replica had taken over, ms", replaced),
        ("until all its carts were back, ms", dead.back),
    ] {
        figures.set(name, time.as_millis());
    }
    figures.set("carts of the dead primary", dead.carts);
    figures.set("their refused calls", dead.errors);
    figures.set_faults(1);
}

fn judge(healthy: &Tally, dead: &Tally) -> Proven {
    ensure(dead.carts > 0 && dead.errors > 0, || {
        "nobody noticed that a primary was dead".to_owned()
    })?;
    ensure(healthy.carts > 0 && healthy.errors == 0, || {
        format!("{} calls to healthy servers failed", healthy.errors)
    })?;
    ensure(healthy.longest <= TIMEOUT, || {
        format!("a call to a healthy server took {:?}", healthy.longest)
    })
}

impl Tally {
    fn add(&mut self, calls: &[Call], killed: Instant) {
        self.carts += 1;
        for call in calls {
            if call.ended < killed {
                self.longest_before = self.longest_before.max(call.took());
                continue;
            }
            self.calls += 1;
            self.errors += u64::from(call.failed);
            self.longest = self.longest.max(call.took());
        }
        let failed = |call: &Call| call.failed || call.began < killed;
        let last_failed = calls.iter().rposition(failed);
        let first = calls.get(last_failed.map_or(0, |last| last + 1));
        if let Some(first) = first {
            self.back = self.back.max(first.ended - killed);
        }
    }
}

/// Who loads and saves one cart, again and again.
struct Shopper {
    store: Arc<dyn CartStore>,
    cart: usize,
    calls: Vec<Call>,
    randomness: SeededRandomness,
}

impl Shopper {
    /// Shops until it is over and the cart is there, and tells of each call.
    async fn shop(
        mut self,
        before: u64,
        started: Arc<tokio::sync::Barrier>,
        over: Arc<AtomicBool>,
    ) -> Result<(usize, Vec<Call>), Refuted> {
        for _ in 0..before {
            ensure(self.load_and_save().await?, || {
                "a call failed while all servers were there".to_owned()
            })?;
        }
        started.wait().await;
        let (mut in_a_row, mut since) = (0, Instant::now());
        while !over.load(Ordering::SeqCst) || in_a_row < BACK {
            if self.load_and_save().await? {
                (in_a_row, since) = (in_a_row + 1, Instant::now());
            } else {
                in_a_row = 0;
            }
            ensure(since.elapsed() < PATIENCE, || {
                "a cart of the dead primary doesn't come back".to_owned()
            })?;
        }
        Ok((self.cart, self.calls))
    }

    /// Whether both went well.
    async fn load_and_save(&mut self) -> Result<bool, Refuted> {
        let key = key(self.cart);
        let began = Instant::now();
        let loaded = self.store.load(&LoadRequest::new(key.clone())).await;
        self.note(began, loaded.is_err());
        let Ok(stored) = loaded else {
            return Ok(false);
        };
        let write_id = self.randomness.next();
        let (version, expect) = match stored.version() {
            None => (Version::first(write_id), Expect::Absent),
            Some(version) => (version.next(write_id)?, Expect::Version(version)),
        };
        let record = CartRecord::new(version, Timestamp::from_millis(0));
        let began = Instant::now();
        let saved = self
            .store
            .save(&SaveRequest::new(key, record, expect))
            .await;
        self.note(began, saved.is_err());
        Ok(saved.is_ok())
    }

    fn note(&mut self, began: Instant, failed: bool) {
        self.calls.push(Call {
            began,
            ended: Instant::now(),
            failed,
        });
    }
}
