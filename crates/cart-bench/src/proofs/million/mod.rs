//! A million carts in PostgreSQL: as fast as a thousand, and cleaned up beside writers.

mod crowd;
mod redis;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use cart_core::{Carts, Cleanup, CleanupCounts, Currency, Money, NewItem, Randomness, Retention};
use cart_testkit::SeededRandomness;
use cart_testkit::servers::{Options, Postgres, Server, SqlServer};
use tokio::task::JoinSet;

use self::crowd::{Crowd, What, compare, key_of};
use crate::arguments::Arguments;
use crate::backend::open;
use crate::carts::record_of;
use crate::pairs::Interval;
use crate::proof::{Figures, Proven, Refuted, ensure};

pub(super) use self::redis::prove as prove_redis;

const CARTS: u64 = 1_000_000;
const FEW: u64 = 1_000;
/// One cart in so many was left alone for long.
const ABANDONED_ONE_IN: u64 = 5;
const LINES: usize = 3;
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
        few.fill().await?;
        let start = Instant::now();
        fill_by_sql(&server, count).await?;
        figures.set("carts", count);
        figures.set("milliseconds to fill in", start.elapsed().as_millis());

        let loads = compare(&many, &few, What::Load).await?;
        let saves = compare(&many, &few, What::Save).await?;
        loads.show(figures);
        saves.show(figures);
        let cleaned = clean_up(&server.url(), count, figures).await;
        loads.ensure_flat()?;
        saves.ensure_flat()?;
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
