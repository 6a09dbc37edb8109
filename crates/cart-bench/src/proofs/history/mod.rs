//! Recorded histories of many clients, judged by the checker of `cart-testkit`.

mod client;

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::Instant;

use cart_core::MemoryCartStore;
use cart_testkit::history::{Action, Event, Found, Recorder, check, write_json_lines};

use crate::arguments::Arguments;
use crate::proof::{Figures, Proven, ensure};
use crate::worker::Locking;

#[cfg(unix)]
pub(super) use processes::prove;
#[cfg(target_os = "linux")]
pub(super) use processes::prove_through_kills;
#[cfg(unix)]
pub(crate) use processes::work;

pub(super) fn prove_memory(arguments: &Arguments, figures: &mut Figures) -> Proven {
    const CLIENTS: usize = 8;
    let store = Arc::new(MemoryCartStore::new());
    // A call to memory never waits, so clients meet only if each has a thread.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CLIENTS)
        .build()?;
    let each = arguments.scale.of(2_000_000).div_ceil(CLIENTS as u64);
    let recorder = Recorder::new();
    let stores = (0..CLIENTS).map(|_| recorder.watch(Arc::clone(&store) as _));
    let start = Instant::now();
    runtime.block_on(client::work(stores, |_| Locking::Optimistic, 0, each))?;
    figures.set("clients", CLIENTS);
    figures.set("milliseconds to record", start.elapsed().as_millis());
    judge("memory", recorder.take(), figures)
}

/// Histories of two processes, which have a clock in common.
#[cfg(unix)]
mod processes {
    use std::io::{BufWriter, stdin, stdout};
    use std::sync::Arc;
    #[cfg(target_os = "linux")]
    use std::sync::atomic::{AtomicBool, Ordering};
    #[cfg(target_os = "linux")]
    use std::time::Duration;
    use std::time::Instant;

    use cart_testkit::history::{Event, Recorder, merge, read_json_lines, write_json_lines};

    use super::{client, judge};
    use crate::arguments::Arguments;
    use crate::backend::{Backend, Site, open, patient};
    use crate::clock::monotonic;
    #[cfg(target_os = "linux")]
    use crate::clock::pass;
    #[cfg(target_os = "linux")]
    use crate::proof::ensure;
    use crate::proof::{Figures, Proven, Refuted};
    use crate::worker::{self, Colleague, Locking};

    #[cfg(target_os = "linux")]
    const BETWEEN_KILLS: Duration = Duration::from_millis(700);
    /// In each process.
    const CLIENTS: usize = 16;

    /// Half of the clients of a store that can lock do so.
    fn locking(seed: u64) -> Locking {
        if seed.is_multiple_of(2) {
            Locking::Optimistic
        } else {
            Locking::Locked
        }
    }

    pub(in super::super) fn prove(
        backend: Backend,
        operations: u64,
        arguments: &Arguments,
        figures: &mut Figures,
    ) -> Proven {
        let operations = arguments.scale.of(operations);
        let runtime = tokio::runtime::Runtime::new()?;
        let site = runtime.block_on(Site::start(backend))?;
        let history = runtime.block_on(two_processes(&site, operations, false, figures))?;
        let name = format!("{backend:?}").to_lowercase();
        judge(&name, history, figures)?;
        runtime.block_on(site.check())
    }

    /// The same while the server is killed and started again, so often at least.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn prove_through_kills(
        backend: Backend,
        operations: u64,
        kills: u64,
        arguments: &Arguments,
        figures: &mut Figures,
    ) -> Proven {
        let operations = arguments.scale.of(operations);
        let runtime = tokio::runtime::Runtime::new()?;
        let (history, killed) = runtime.block_on(async {
            let site = Site::start(backend).await?;
            let over = AtomicBool::new(false);
            let recorded = async {
                let history = two_processes(&site, operations, true, figures).await;
                over.store(true, Ordering::SeqCst);
                history
            };
            let (history, killed) = tokio::join!(recorded, kill_until(&site, &over));
            let history = history?;
            site.check().await?;
            Ok::<_, Refuted>((history, killed?))
        })?;
        let name = format!("{backend:?}-kills").to_lowercase();
        judge(&name, history, figures)?;
        figures.set_faults(killed);
        ensure(killed >= arguments.scale.of(kills), || {
            format!("the server was killed {killed} times only")
        })
    }

    /// Kills the server now and then; tells how often.
    #[cfg(target_os = "linux")]
    async fn kill_until(site: &Site, over: &AtomicBool) -> Result<u64, Refuted> {
        let server = site.server().ok_or("a file has no server")?;
        let mut killed = 0;
        loop {
            pass(BETWEEN_KILLS).await;
            if over.load(Ordering::SeqCst) {
                return Ok(killed);
            }
            server.kill()?;
            server.restart().await?;
            killed += 1;
        }
    }

    /// Has two processes work on the same carts, and gives the history of both.
    async fn two_processes(
        site: &Site,
        operations: u64,
        outages: bool,
        figures: &mut Figures,
    ) -> Result<Vec<Event>, Refuted> {
        let url = site.url();
        // The first to open the store makes its table.
        drop(open(&url).await?);
        let each = operations.div_ceil(2 * CLIENTS as u64);
        let mut command = worker::command("record")?;
        let numbers = [CLIENTS as u64, CLIENTS as u64, each].map(|number| number.to_string());
        command.arg(&url).args(numbers);
        command.args(outages.then_some("--outages"));
        let mut other = Colleague::start(&mut command)?;
        other.line()?;
        let start = Instant::now();
        other.tell("go")?;
        let ours = record(&url, 0, CLIENTS, each, outages).await?;
        let theirs = tokio::task::spawn_blocking(move || {
            let theirs = read_json_lines(&mut other.output)?;
            other.wait()?;
            Ok::<_, Refuted>(theirs)
        });
        let theirs = theirs.await??;
        figures.set("processes", 2_u64);
        figures.set("clients", 2 * CLIENTS);
        figures.set("milliseconds to record", start.elapsed().as_millis());
        Ok(merge([ours, theirs]))
    }

    /// The other process: says that it is ready, waits for the word, works, and tells its history.
    pub(crate) fn work(url: &str, seed: u64, clients: usize, each: u64, outages: bool) -> Proven {
        println!("ready");
        stdin().read_line(&mut String::new())?;
        let runtime = tokio::runtime::Runtime::new()?;
        let history = runtime.block_on(record(url, seed, clients, each, outages))?;
        Ok(write_json_lines(&history, BufWriter::new(stdout().lock()))?)
    }

    async fn record(
        url: &str,
        first_seed: u64,
        clients: usize,
        each: u64,
        outages: bool,
    ) -> Result<Vec<Event>, Refuted> {
        let mut store = open(url).await?;
        if outages {
            store = Arc::new(patient(store));
        }
        let locking = if store.info().capabilities.lock {
            locking
        } else {
            |_| Locking::Optimistic
        };
        let recorder = Recorder::with_clock(monotonic);
        let stores = (0..clients).map(|_| recorder.watch(Arc::clone(&store)));
        client::work(stores, locking, first_seed, each).await?;
        Ok(recorder.take())
    }
}

/// Checks the history, and that the checker isn't blind: one stale read in it has to be found.
fn judge(name: &str, mut history: Vec<Event>, figures: &mut Figures) -> Proven {
    let start = Instant::now();
    let summary = check(&history).map_err(|violation| match keep(name, &history) {
        Ok(file) => format!("{violation}\nthe whole history is in {file}"),
        Err(error) => format!("{violation}\nthe whole history could not be kept: {error}"),
    })?;
    figures.set("operations", summary.operations);
    figures.set("records stored", summary.writes);
    figures.set("conflicts", summary.conflicts);
    figures.set("unknown outcomes", summary.unknown);
    figures.set("milliseconds to check", start.elapsed().as_millis());
    spoil(&mut history)?;
    ensure(check(&history).is_err(), || {
        "the checker overlooks a stale read".to_owned()
    })?;
    figures.set("violations", 0_u64);
    figures.set_faults(1);
    Ok(())
}

/// Makes the last load of a cart find what the first one found.
fn spoil(history: &mut [Event]) -> Proven {
    let hot = |event: &Event| {
        matches!(
            event.action,
            Action::Load {
                found: Found::Stored { .. }
            }
        ) && event.key == "/user/0/default"
    };
    let first = history.iter().find(|event| hot(event));
    let stale = first.map(|event| event.action).ok_or("nobody loaded")?;
    let last = history.iter_mut().rev().find(|event| hot(event));
    last.ok_or("nobody loaded")?.action = stale;
    Ok(())
}

fn keep(name: &str, history: &[Event]) -> std::io::Result<String> {
    let path = std::env::temp_dir().join(format!("cart-history-{name}.jsonl"));
    write_json_lines(history, BufWriter::new(File::create(&path)?))?;
    Ok(path.display().to_string())
}
