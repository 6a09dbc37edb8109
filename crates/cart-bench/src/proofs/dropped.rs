//! Futures of the SQLite store, dropped in the middle.

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Expect, Instance, LoadRequest, Owner, Randomness, SaveRequest,
    ScanRequest, Stored, Timestamp, Version,
};
use cart_store_db::SqliteCartStore;
use cart_testkit::SeededRandomness;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;

use crate::arguments::Arguments;
use crate::asleep::asleep_during;
use crate::folder::{Folder, check_integrity, open, raw};
use crate::proof::{Figures, Proven, Refuted, ensure};

const DROPS: u64 = 2_000;
/// A thread of a runtime that sleeps this long in a poll or a drop is blocked.
const BLOCKED: Duration = Duration::from_millis(10);
/// One batch of futures meets a locked database, which no write gets past.
const BATCH: u64 = 20;

#[derive(Debug, Default)]
struct Count {
    dropped: u64,
    while_locked: u64,
    applied: u64,
    asleep: Duration,
}

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let folder = Folder::new()?;
    let database = folder.database();
    let mut count = Count::default();
    let mut flavours = [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ];
    for flavour in &mut flavours {
        let goal = count.dropped + arguments.scale.of(DROPS).div_ceil(2);
        let runtime = flavour.build()?;
        runtime.block_on(async {
            let store = open(&database).await?;
            let mut victim = Victim::new(store, count.dropped)?;
            while count.dropped < goal {
                batch(&mut victim, &database, &mut count).await?;
            }
            Ok::<(), Refuted>(())
        })?;
    }
    figures.set("flavours of runtime", flavours.len());
    figures.set("dropped while the database was locked", count.while_locked);
    figures.set("writes that happened all the same", count.applied);
    figures.set("half done", 0_u64);
    figures.set("longest sleep of a thread in µs", count.asleep.as_micros());
    figures.set_faults(count.dropped);
    ensure(count.asleep < BLOCKED, || {
        format!("a runtime's thread was blocked for {:?}", count.asleep)
    })?;
    check_integrity(&database)
}

/// Some drops, half of them while the database is locked; then everything must be as it should.
async fn batch(victim: &mut Victim, database: &Path, count: &mut Count) -> Proven {
    for locked in [false, true] {
        let lock = locked.then(|| lock(database)).transpose()?;
        for _ in 0..BATCH / 2 {
            let (dropped, asleep) = victim.drop_one().await?;
            count.dropped += u64::from(dropped);
            count.while_locked += u64::from(dropped && locked);
            count.asleep = count.asleep.max(asleep);
        }
        drop(lock);
        count.applied += victim.examine().await?;
    }
    Ok(())
}

/// A cart whose writers are given up.
struct Victim {
    store: SqliteCartStore,
    key: CartKey,
    other: CartKey,
    /// What was stored before the present batch.
    before: Stored,
    /// What futures of the batch may have stored.
    attempts: Vec<CartRecord>,
    randomness: SeededRandomness,
}

impl Victim {
    fn new(store: SqliteCartStore, seed: u64) -> Result<Self, Refuted> {
        let key = |name: &str| -> Result<CartKey, Refuted> {
            let owner = Owner::user(format!("{name}-{seed}"))?;
            Ok(CartKey::new(owner, Instance::default()))
        };
        Ok(Self {
            store,
            key: key("victim")?,
            other: key("other")?,
            before: Stored::Missing,
            attempts: Vec::new(),
            randomness: SeededRandomness::new(seed),
        })
    }

    /// Polls some operation a few times and drops it. Gives whether it was dropped unfinished, and
    /// the longest sleep of the thread in a poll or the drop.
    async fn drop_one(&mut self) -> Result<(bool, Duration), Refuted> {
        let polls = 1 + self.randomness.below(3);
        match self.randomness.below(6) {
            0 => {
                let request = LoadRequest::new(self.key.clone());
                Ok(cut(self.store.load(&request), polls).await)
            }
            1 => Ok(cut(self.store.scan(&ScanRequest::new(10)), polls).await),
            2 => {
                let batch = [self.attempt()?];
                Ok(cut(self.store.save_many(&batch), polls).await)
            }
            _ => {
                let request = self.attempt()?;
                Ok(cut(self.store.save(&request), polls).await)
            }
        }
    }

    /// A save over what was stored before the batch: of all attempts one can succeed.
    fn attempt(&mut self) -> Result<SaveRequest, Refuted> {
        let write_id = self.randomness.next();
        let (version, expect) = match self.before.version() {
            None => (Version::first(write_id), Expect::Absent),
            Some(version) => (version.next(write_id)?, Expect::Version(version)),
        };
        let mut record = CartRecord::new(version, Timestamp::from_millis(0));
        record.parts.items = format!("[\"{write_id:x}\"]").into();
        record.parts.metadata = format!("{{\"write\":\"{write_id:x}\"}}").into();
        self.attempts.push(record.clone());
        Ok(SaveRequest::new(self.key.clone(), record, expect))
    }

    /// Looks at the cart when everything that was asked for has happened or never will: it is as
    /// it was, or wholly what one attempt sent. Gives how many writes happened.
    async fn examine(&mut self) -> Result<u64, Refuted> {
        // The writer takes one after the other, so this write comes after all that were dropped.
        let mut record = CartRecord::new(
            Version::first(self.randomness.next()),
            Timestamp::from_millis(0),
        );
        let request = LoadRequest::new(self.other.clone());
        let mut expect = Expect::Absent;
        if let Some(version) = self.store.load(&request).await?.version() {
            record.header.version = version.next(self.randomness.next())?;
            expect = Expect::Version(version);
        }
        let last = SaveRequest::new(self.other.clone(), record, expect);
        self.store.save(&last).await?;

        let now = self.store.load(&LoadRequest::new(self.key.clone())).await?;
        let attempted = match &now {
            Stored::Live(record) => self.attempts.contains(record),
            Stored::Missing | Stored::Tombstone(_) => false,
        };
        ensure(attempted || now == self.before, || {
            "what is stored is neither the cart before nor one that was sent".to_owned()
        })?;
        let applied = u64::from(now != self.before);
        self.before = now;
        self.attempts.clear();
        Ok(applied)
    }
}

/// Polls a future so many times, unless it is ready before, and drops it.
async fn cut<T>(future: impl Future<Output = T>, polls: usize) -> (bool, Duration) {
    let mut longest = Duration::ZERO;
    let mut future = Box::pin(future);
    let mut left = polls;
    let finished = poll_fn(|context| {
        let (polled, asleep) = asleep_during(|| future.as_mut().poll(context).is_ready());
        longest = longest.max(asleep);
        left -= 1;
        if polled || left == 0 {
            return Poll::Ready(polled);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    let finished = pin!(finished).await;
    let ((), asleep) = asleep_during(|| drop(future));
    (!finished, longest.max(asleep))
}

/// Locks the database against every writer, until the connection is dropped.
fn lock(database: &Path) -> Result<SqliteConnection, Refuted> {
    let mut connection = raw(database)?;
    connection.batch_execute("BEGIN IMMEDIATE")?;
    Ok(connection)
}
