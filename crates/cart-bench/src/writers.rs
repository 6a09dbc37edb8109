//! Clients that add item after item, each once, and remember what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cart_core::{Carts, Currency, Error, Money, NewItem, Owner};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::proof::{Proven, Refuted, ensure};

/// How long writers may need for a few hundred writes, also when something is in their way.
const PATIENCE: Duration = Duration::from_secs(120);

/// The acknowledged items, by the owner of their cart.
pub(crate) type Acknowledged = BTreeMap<String, BTreeSet<String>>;

/// What a task hears of a write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    Acknowledged { owner: &'a str, item: &'a str },
    Refused(&'a Error),
}

/// Who is told of all that tasks hear, and may end a task by an error.
pub(crate) type Witness = fn(Heard<'_>) -> Proven;

/// Tasks that add items to carts until they are told to end.
pub(crate) struct Writers {
    tasks: JoinSet<Result<(), Refuted>>,
    shared: Arc<Shared>,
}

struct Shared {
    carts: Carts,
    /// How many carts the tasks share.
    width: usize,
    /// The present carts: carts grow, so there are new ones now and then.
    round: AtomicU64,
    is_over: AtomicBool,
    log: Mutex<Log>,
    count: watch::Sender<usize>,
    witness: Witness,
}

/// What the tasks were told.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) acknowledged: Acknowledged,
    pub(crate) errors: Vec<String>,
}

/// What is stored, beside what was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) unanswered: usize,
}

impl Writers {
    /// Starts `tasks` tasks on `width` carts in each round.
    pub(crate) fn start(carts: Carts, tasks: usize, width: usize) -> Self {
        Self::with_witness(carts, tasks, width, 0, |_| Ok(()))
    }

    pub(crate) fn with_witness(
        carts: Carts,
        tasks: usize,
        width: usize,
        round: u64,
        witness: Witness,
    ) -> Self {
        let shared = Arc::new(Shared {
            carts,
            width,
            round: AtomicU64::new(round),
            is_over: AtomicBool::new(false),
            log: Mutex::default(),
            count: watch::Sender::new(0),
            witness,
        });
        let mut set = JoinSet::new();
        for task in 0..tasks {
            set.spawn(Arc::clone(&shared).write(task));
        }
        Self { tasks: set, shared }
    }

    /// How many items have been acknowledged.
    pub(crate) fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// Waits until so many have.
    pub(crate) async fn reached(&self, count: usize) -> Proven {
        let mut counts = self.shared.count.subscribe();
        let reached = counts.wait_for(|reached| *reached >= count);
        if let Ok(reached) = tokio::time::timeout(PATIENCE, reached).await {
            return Ok(reached.map(drop)?);
        }
        let log = self.shared.log();
        let why = log.errors.first().map_or("no error", String::as_str);
        Err(format!("the writers don't get on: {why}").into())
    }

    /// Goes on with new carts.
    pub(crate) fn next_round(&self) {
        self.shared.round.fetch_add(1, Ordering::SeqCst);
    }

    /// Lets every task end what it is about, and tells what they heard.
    pub(crate) async fn end(mut self) -> Result<Log, Refuted> {
        self.shared.is_over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(std::mem::take(&mut *self.shared.log()))
    }

    /// Waits for the end of the first task, which the witness has ended.
    pub(crate) async fn first_end(mut self) -> Proven {
        self.tasks.join_next().await.unwrap_or(Ok(Ok(())))?
    }
}

impl Shared {
    async fn write(self: Arc<Self>, task: usize) -> Result<(), Refuted> {
        let price = Money::parse("1.00", Currency::parse("USD")?)?;
        for write in 0_u64.. {
            if self.is_over.load(Ordering::SeqCst) {
                break;
            }
            // A store that never waits would keep the runtime for itself.
            tokio::task::yield_now().await;
            let round = self.round.load(Ordering::SeqCst);
            let owner = format!("{round}-{}", task % self.width);
            let item = format!("{task}-{write}");
            let cart = self.carts.cart(Owner::user(&*owner)?, "default")?;
            match cart.add(NewItem::new(&*item, "Cup", price)).await {
                Ok(_) => {
                    (self.witness)(Heard::Acknowledged {
                        owner: &owner,
                        item: &item,
                    })?;
                    let mut log = self.log();
                    log.acknowledged.entry(owner).or_default().insert(item);
                    drop(log);
                    self.count.send_modify(|count| *count += 1);
                }
                Err(error) => {
                    (self.witness)(Heard::Refused(&error))?;
                    let error = format!("{} ({:?})", error, error.retry_class());
                    self.log().errors.push(error);
                }
            }
        }
        Ok(())
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // Every change is one push or insertion.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Writers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Writers")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

/// Looks for acknowledged items in the carts to which they were added.
pub(crate) async fn examine(
    carts: &Carts,
    acknowledged: &Acknowledged,
) -> Result<Findings, Refuted> {
    let mut findings = Findings::default();
    for (owner, expected) in acknowledged {
        let cart = carts.cart(Owner::user(&**owner)?, "default")?;
        let snapshot = cart.load().await?;
        let mut found = BTreeSet::new();
        for item in snapshot.items()?.iter() {
            findings.doubled += usize::from(item.quantity() > 1);
            found.insert(item.id().to_owned());
        }
        findings.acknowledged += expected.len();
        findings.lost += expected.difference(&found).count();
        findings.unanswered += found.difference(expected).count();
    }
    Ok(findings)
}

impl std::ops::AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.unanswered += other.unanswered;
    }
}

impl Findings {
    /// Refutes the claim when anything was lost or doubled, or when more was done without an answer
    /// than `open` calls can explain.
    pub(crate) fn ensure_all_there(&self, open: usize) -> Proven {
        let Self {
            lost,
            doubled,
            unanswered,
            ..
        } = *self;
        ensure(lost == 0, || format!("{lost} acknowledged writes are lost"))?;
        ensure(doubled == 0, || {
            format!("{doubled} writes were applied twice")
        })?;
        ensure(unanswered <= open, || {
            format!("{unanswered} writes are there that no more than {open} calls can explain")
        })
    }
}

#[cfg(test)]
mod tests {
    use cart_core::MemoryCartStore;

    use super::*;

    #[tokio::test]
    async fn what_is_lost_or_doubled_is_counted() {
        let carts = Carts::new(MemoryCartStore::new());
        let writers = Writers::start(carts.clone(), 2, 1);
        writers.reached(10).await.unwrap();
        let mut log = writers.end().await.unwrap();
        let count = log.acknowledged["0-0"].len();
        assert!(count >= 10 && log.errors.is_empty());
        let findings = examine(&carts, &log.acknowledged).await.unwrap();
        let all = Findings {
            acknowledged: count,
            ..Findings::default()
        };
        assert_eq!(findings, all);
        findings.ensure_all_there(0).unwrap();

        let cart = carts.cart(Owner::user("0-0").unwrap(), "default").unwrap();
        let price = Money::parse("1.00", Currency::parse("USD").unwrap()).unwrap();
        cart.add(NewItem::new("0-0", "Cup", price)).await.unwrap();
        cart.remove("0-1").await.unwrap();
        let items = log.acknowledged.get_mut("0-0").unwrap();
        assert!(items.remove("1-0"));
        let findings = examine(&carts, &log.acknowledged).await.unwrap();
        let expected = Findings {
            acknowledged: count - 1,
            lost: 1,
            doubled: 1,
            unanswered: 1,
        };
        assert_eq!(findings, expected);
        assert!(findings.ensure_all_there(1).is_err());
    }
}
