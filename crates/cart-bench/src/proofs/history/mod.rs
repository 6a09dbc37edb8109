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
    use std::time::Instant;

    use cart_testkit::history::{Event, Recorder, merge, read_json_lines, write_json_lines};

    use super::{client, judge};
    use crate::arguments::Arguments;
    use crate::backend::{Backend, Site, open};
    use crate::clock::monotonic;
    use crate::proof::{Figures, Proven, Refuted};
    use crate::worker::{self, Colleague, Locking};

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
        let url = site.url();
        // The first to open the store makes its table.
        drop(runtime.block_on(open(&url))?);
        let each = operations.div_ceil(2 * CLIENTS as u64);
        let mut other = Colleague::start(
            worker::command("record")?
                .arg(&url)
                .args([CLIENTS as u64, CLIENTS as u64, each].map(|number| number.to_string())),
        )?;
        other.line()?;
        let start = Instant::now();
        other.tell("go")?;
        let ours = runtime.block_on(record(&url, 0, CLIENTS, each))?;
        let theirs = read_json_lines(&mut other.output)?;
        other.wait()?;
        figures.set("processes", 2_u64);
        figures.set("clients", 2 * CLIENTS);
        figures.set("milliseconds to record", start.elapsed().as_millis());
        let name = format!("{backend:?}").to_lowercase();
        judge(&name, merge([ours, theirs]), figures)?;
        runtime.block_on(site.check())
    }

    /// The other process: says that it is ready, waits for the word, works, and tells its history.
    pub(crate) fn work(url: &str, seed: u64, clients: usize, each: u64) -> Proven {
        println!("ready");
        stdin().read_line(&mut String::new())?;
        let runtime = tokio::runtime::Runtime::new()?;
        let history = runtime.block_on(record(url, seed, clients, each))?;
        Ok(write_json_lines(&history, BufWriter::new(stdout().lock()))?)
    }

    async fn record(
        url: &str,
        first_seed: u64,
        clients: usize,
        each: u64,
    ) -> Result<Vec<Event>, Refuted> {
        let store = open(url).await?;
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
