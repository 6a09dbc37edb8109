//! A million carts in PostgreSQL: as fast as a thousand, and cleaned up beside writers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cart_core::{
    CartStore, Carts, Cleanup, CleanupCounts, Currency, Expect, LoadRequest, Money, NewItem,
    Randomness, Retention, SaveRequest, StoredCart,
};
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, Postgres, Server, SqlServer};
use tokio::task::JoinSet;

use crate::arguments::Arguments;
use crate::backend::open;
use crate::carts::{key, record_of};
use crate::pairs::Interval;
use crate::proof::{Figures, Proven, Refuted, ensure};

const CARTS: u64 = 1_000_000;
const FEW: u64 = 1_000;
/// One cart in so many was left alone for long.
const ABANDONED_ONE_IN: u64 = 5;
const LINES: usize = 3;
const PAIRS: usize = 31;
/// Operations in the window of a pair.
const WINDOW: u64 = 100;
/// How many times as long an operation may take on a thousand times as many carts.
const SLOWER: f64 = 1.3;
const WRITERS: u64 = 8;
/// How many times as long the last batches may take as the first.
const SLOWING: f64 = 1.5;
/// How much more memory the clean-up may hold at its end, in KiB.
const GROWTH: u64 = 32 * 1024;

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let count = arguments.scale.of(CARTS).max(10 * FEW);
    let template = record_of(LINES);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        // A server for a million carts has room for them in its memory, as any guide to it says.
        let options = Options::new()
            .durable()
            .setting("shared_buffers", "3GB")
            .setting("max_wal_size", "8GB");
        let server = Postgres::start(options).await?;
        let many = Crowd::new(&server.url(), count, &template).await?;
        let few = server.url_of(&server.create_database().await?);
        let few = Crowd::new(&few, FEW, &template).await?;
        few.fill_by_saves().await?;
        let start = Instant::now();
        fill_by_sql(&server, count).await?;
        figures.set("carts", count);
        figures.set("milliseconds to fill in", start.elapsed().as_millis());

        let loads = compare(&many, &few, What::Load).await?;
        let saves = compare(&many, &few, What::Save).await?;
        show(&loads, figures, What::Load);
        show(&saves, figures, What::Save);
        let cleaned = clean_up(&server.url(), count, figures).await;
        for (what, compared) in [("load", &loads), ("save", &saves)] {
            let slower = compared.quotient.median;
            ensure(slower <= SLOWER, || {
                format!("a {what} takes {slower:.2} times as long as with {FEW} carts")
            })?;
        }
        cleaned
    })
}

/// Copies the cart that is there so often, some of them long ago.
async fn fill_by_sql(server: &Postgres, count: u64) -> Proven {
    let copied = "class, instance, version, write_id, state, format, marked, currency, lines, \
        units, subtotal, total, ledger, items, conditions, metadata, tenant, created_at";
    let last = count - 1;
    server
        .sql(&format!(
            "INSERT INTO carts ({copied}, identifier, updated_at)
            SELECT {copied}, convert_to('shopper-' || number, 'UTF8'), updated_at
                - CASE number % {ABANDONED_ONE_IN} WHEN 0 THEN 60 * 86400000::bigint ELSE 0 END
            FROM carts, generate_series(1, {last}) AS number"
        ))
        .await?;
    server.sql("VACUUM (ANALYZE) carts").await?;
    server.sql("CHECKPOINT").await?;
    Ok(())
}

/// A store with so many carts.
struct Crowd {
    store: Arc<dyn CartStore>,
    count: u64,
    template: StoredCart,
    randomness: SeededRandomness,
}

impl Crowd {
    /// One with the first of its carts.
    async fn new(url: &str, count: u64, template: &StoredCart) -> Result<Self, Refuted> {
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

    async fn fill_by_saves(&self) -> Result<(), Refuted> {
        let batch: Vec<_> = (1..self.count)
            .map(|number| self.request(number, Expect::Absent))
            .collect();
        for saved in self.store.save_many(&batch).await? {
            saved?;
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
        let request = SaveRequest::new(key_of(number), record, Expect::Version(version));
        let start = Instant::now();
        self.store.save(&request).await?;
        Ok(start.elapsed())
    }
}

fn key_of(number: u64) -> cart_core::CartKey {
    key(usize::try_from(number).unwrap_or(usize::MAX))
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
enum What {
    Load,
    Save,
}

/// The median times of an operation in microseconds, and how they compare.
#[derive(Debug)]
struct Compared {
    many: f64,
    few: f64,
    quotient: Interval,
}

/// Measures an operation on both, in turns.
async fn compare(many: &Crowd, few: &Crowd, what: What) -> Result<Compared, Refuted> {
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
        many: Interval::around(of_many).median,
        few: Interval::around(of_few).median,
        quotient: Interval::around(quotients),
    })
}

fn show(compared: &Compared, figures: &mut Figures, what: What) {
    eprintln!(
        "million: {what:?} takes {:.0} µs with many carts and {:.0} µs with {FEW}: {} times as long",
        compared.many, compared.few, compared.quotient
    );
    let name = match what {
        What::Load => "a load, in % of one with 1,000 carts",
        What::Save => "a save, in % of one with 1,000 carts",
    };
    figures.set_rounded(name, compared.quotient.median * 100.0);
}

/// Deletes what is abandoned while others shop.
async fn clean_up(url: &str, count: u64, figures: &mut Figures) -> Proven {
    let over = Arc::new(AtomicBool::new(false));
    let shoppers = Carts::new(open(url).await?);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(shop(shoppers.clone(), writer, count, Arc::clone(&over)));
    }
    let carts = Carts::new(open(url).await?);
    let mut run = carts.begin_clean_up(Cleanup::new(Retention::days(30)));
    let mut batches = Vec::new();
    let mut memory = Vec::new();
    let mut start = Instant::now();
    while let Some(batch) = run.next_batch().await? {
        if batch.seen > 0 {
            batches.push(start.elapsed().as_secs_f64() * 1e3);
            memory.push(resident()?);
        }
        start = Instant::now();
    }
    over.store(true, Ordering::SeqCst);
    let mut touched = Vec::new();
    while let Some(ended) = writers.join_next().await {
        touched.extend(ended??);
    }
    let lost = missing(&shoppers, &touched).await?;

    let CleanupCounts { deleted, .. } = run.counts();
    let spared = run.counts().touched;
    let tenth = batches.len().div_ceil(10);
    let median = |times: &[f64]| Interval::around(times.to_vec()).median;
    let (at_first, at_last) = (
        median(&batches[..tenth]),
        median(&batches[batches.len() - tenth..]),
    );
    let growth = memory[memory.len() - 1].saturating_sub(memory[tenth - 1]);
    figures.set("abandoned carts deleted", deleted);
    figures.set("carts touched in the last moment", spared);
    figures.set("edits meanwhile", touched.len());
    figures.set("edits lost", lost);
    figures.set_rounded("milliseconds of the first batches", at_first);
    figures.set_rounded("milliseconds of the last batches", at_last);
    figures.set("peak memory in KiB", peak()?);
    figures.set("memory grown by KiB", growth);
    ensure(lost == 0, || {
        format!("{lost} carts were deleted though somebody had touched them")
    })?;
    let goal = count / ABANDONED_ONE_IN;
    ensure(deleted > goal / 2 && spared > 0, || {
        format!("only {deleted} of {goal} were deleted, and {spared} touched meanwhile")
    })?;
    ensure(at_last <= SLOWING * at_first, || {
        format!("batches became slower: {at_first:.0} ms at first, {at_last:.0} ms at last")
    })?;
    ensure(growth <= GROWTH, || format!("memory grew by {growth} KiB"))
}

/// Puts items into carts, every other time into an abandoned one; tells which cart got which item.
async fn shop(
    carts: Carts,
    writer: u64,
    count: u64,
    over: Arc<AtomicBool>,
) -> Result<Vec<(u64, String)>, Refuted> {
    let randomness = SeededRandomness::new(writer);
    let price = Money::parse("1.00", Currency::parse("USD")?)?;
    let mut touched = Vec::new();
    for number in 0_u64.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let any = randomness.next() % count;
        let cart = if number.is_multiple_of(2) {
            any
        } else {
            any / ABANDONED_ONE_IN * ABANDONED_ONE_IN
        };
        let item = format!("{writer}-{number}");
        let handle = carts.cart_of(key_of(cart));
        handle.add(NewItem::new(&*item, "Cup", price)).await?;
        touched.push((cart, item));
    }
    Ok(touched)
}

/// How many of the items are not in their carts.
async fn missing(carts: &Carts, touched: &[(u64, String)]) -> Result<u64, Refuted> {
    let mut lost = 0;
    for (number, item) in touched {
        let snapshot = carts.cart_of(key_of(*number)).load().await?;
        lost += u64::from(snapshot.items()?.get(item).is_none());
    }
    Ok(lost)
}

/// The memory that this process holds, in KiB.
fn resident() -> Result<u64, Refuted> {
    status("VmRSS:")
}

/// The most that it has held, in KiB.
fn peak() -> Result<u64, Refuted> {
    status("VmHWM:")
}

fn status(name: &str) -> Result<u64, Refuted> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the kernel doesn't tell")?.parse()?)
}
