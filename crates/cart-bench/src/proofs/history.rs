//! Recorded histories of many clients, judged by the checker of `cart-testkit`.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::Instant;

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, Instance, LoadRequest, MemoryCartStore,
    Owner, Randomness, SaveRequest, Stored, Timestamp, Version,
};
use cart_testkit::SeededRandomness;
use cart_testkit::history::{Action, Event, Found, Recorder, Watched, check, write_json_lines};

use crate::arguments::Arguments;
use crate::folder::{Folder, check_integrity, open};
use crate::proof::{Figures, Proven, Refuted, ensure};

/// A quarter of the traffic goes to the first key.
const KEYS: usize = 16;

pub(super) fn prove_memory(arguments: &Arguments, figures: &mut Figures) -> Proven {
    const CLIENTS: usize = 8;
    let store: Arc<dyn CartStore> = Arc::new(MemoryCartStore::new());
    // A call to memory never waits, so clients meet only if each has a thread.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CLIENTS)
        .build()?;
    let operations = arguments.scale.of(2_000_000);
    let history = runtime.block_on(record(&[store], CLIENTS, operations, figures))?;
    judge("memory", history, figures)
}

pub(super) fn prove_sqlite(arguments: &Arguments, figures: &mut Figures) -> Proven {
    const CLIENTS: usize = 32;
    let folder = Folder::new()?;
    let database = folder.database();
    let runtime = tokio::runtime::Runtime::new()?;
    let operations = arguments.scale.of(200_000);
    let history = runtime.block_on(async {
        let handles: [Arc<dyn CartStore>; 2] = [
            Arc::new(open(&database).await?),
            Arc::new(open(&database).await?),
        ];
        record(&handles, CLIENTS, operations, figures).await
    })?;
    judge("sqlite", history, figures)?;
    check_integrity(&database)
}

/// Has clients work on the handles in turn, and writes down what they do.
async fn record(
    handles: &[Arc<dyn CartStore>],
    clients: usize,
    operations: u64,
    figures: &mut Figures,
) -> Result<Vec<Event>, Refuted> {
    let start = Instant::now();
    let recorder = Recorder::new();
    let keys: Vec<CartKey> = (0..KEYS)
        .map(|key| {
            Ok(CartKey::new(
                Owner::user(key.to_string())?,
                Instance::default(),
            ))
        })
        .collect::<Result<_, Refuted>>()?;
    let keys: Arc<[CartKey]> = keys.into();
    let each = operations.div_ceil(clients as u64);
    let mut tasks = tokio::task::JoinSet::new();
    for (seed, handle) in (0..).zip(handles.iter().cycle().take(clients)) {
        let client = Client {
            store: recorder.watch(Arc::clone(handle)),
            keys: Arc::clone(&keys),
            known: [None; KEYS],
            randomness: SeededRandomness::new(seed),
        };
        tasks.spawn(client.work(each));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    figures.set("clients", clients);
    figures.set("handles", handles.len());
    figures.set("milliseconds to record", start.elapsed().as_millis());
    Ok(recorder.take())
}

/// One client, and what it last heard of each cart: the version, and whether there is a cart.
struct Client {
    store: Watched,
    keys: Arc<[CartKey]>,
    known: [Option<(Version, bool)>; KEYS],
    randomness: SeededRandomness,
}

impl Client {
    async fn work(mut self, operations: u64) -> Result<(), Refuted> {
        let mut key = 0;
        for _ in 0..operations {
            // A client stays with a cart for a while, or what it knows would always be out of date.
            if self.randomness.below(3) == 0 {
                let hot = self.randomness.below(4) == 0;
                key = if hot { 0 } else { self.randomness.below(KEYS) };
            }
            if self.randomness.below(2) == 0 {
                self.load(key).await?;
            } else {
                self.save(key).await?;
            }
        }
        Ok(())
    }

    async fn load(&mut self, key: usize) -> Result<(), Refuted> {
        let request = LoadRequest::new(self.keys[key].clone());
        let stored = self.store.load(&request).await?;
        let live = matches!(stored, Stored::Live(_));
        self.known[key] = stored.version().map(|version| (version, live));
        Ok(())
    }

    /// Writes over what it knows, which may be out of date: then the answer is a conflict.
    async fn save(&mut self, key: usize) -> Result<(), Refuted> {
        let write_id = self.randomness.next();
        let (version, expect) = match self.known[key] {
            None => (Version::first(write_id), Expect::Absent),
            // Now and then it makes a cart, whatever there is.
            Some((version, _)) if self.randomness.below(20) == 0 => {
                (version.next(write_id)?, Expect::Absent)
            }
            Some((version, _)) => (version.next(write_id)?, Expect::Version(version)),
        };
        let now = Timestamp::from_millis(0);
        let mut record = CartRecord::new(version, now);
        record.parts.items = format!("[{{\"id\":\"{write_id:x}\"}}]").into();
        let is_delete = self.randomness.below(8) == 0 && expect != Expect::Absent;
        if is_delete {
            record = record.tombstone(version, now, None);
        }
        let request = SaveRequest::new(self.keys[key].clone(), record, expect);
        self.known[key] = match self.store.save(&request).await {
            Ok(()) => Some((version, !is_delete)),
            Err(error) => match error.conflict() {
                Some(conflict) => conflict.actual().map(|actual| (actual, conflict.live())),
                // A busy store has changed nothing; the client goes on with what it knew.
                None if error.kind() == ErrorKind::Busy => self.known[key],
                None => return Err(error.into()),
            },
        };
        Ok(())
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
