//! A process that writes to SQLite is killed again and again.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use cart_core::{Carts, Currency, Money, NewItem, Owner};
use cart_testkit::SeededRandomness;

use crate::arguments::Arguments;
use crate::folder::{Folder, check_integrity, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker::{self, Colleague};

const KILLS: u64 = 20;
/// Acknowledged writes between two kills, at least.
const WRITES: usize = 200;
const CARTS: usize = 4;
/// Two tasks for each cart, so that writes also meet.
const TASKS: usize = 2 * CARTS;

/// What the kills left behind.
#[derive(Debug, Default)]
struct Count {
    acknowledged: usize,
    unanswered: usize,
}

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let folder = Folder::new()?;
    let database = folder.database();
    let randomness = SeededRandomness::new(9);
    let runtime = tokio::runtime::Runtime::new()?;
    let mut rounds: Vec<BTreeSet<String>> = Vec::new();
    let mut count = Count::default();
    let mut killed = 0;
    for round in 0..arguments.scale.of(KILLS) {
        let mut writer = Colleague::start(
            worker::command("write")?
                .arg(&database)
                .arg(round.to_string()),
        )?;
        let mut acknowledged = BTreeSet::new();
        let target = WRITES + randomness.below(WRITES);
        while acknowledged.len() < target {
            let line = writer.line()?.ok_or("the writer ended by itself")?;
            acknowledged.insert(line);
        }
        killed += u64::from(writer.kill()?);
        // What it had said before the end was said.
        while let Some(line) = writer.line()? {
            acknowledged.insert(line);
        }
        count.acknowledged += acknowledged.len();
        count.unanswered += runtime.block_on(examine(&database, round, &acknowledged))?;
        rounds.push(acknowledged);
    }
    // Later recoveries have left the earlier rounds alone.
    for (round, acknowledged) in (0..).zip(&rounds) {
        runtime.block_on(examine(&database, round, acknowledged))?;
    }
    figures.set("acknowledged writes", count.acknowledged);
    figures.set("lost", 0_u64);
    figures.set("applied twice", 0_u64);
    figures.set("applied without an answer", count.unanswered);
    figures.set_faults(killed);
    check_integrity(&database)
}

fn owner(round: u64, cart: usize) -> Result<Owner, Refuted> {
    Ok(Owner::user(format!("{round}-{cart}"))?)
}

/// Opens the file anew and looks for the writes of a round. Gives how many are there that were
/// never acknowledged.
async fn examine(
    database: &Path,
    round: u64,
    acknowledged: &BTreeSet<String>,
) -> Result<usize, Refuted> {
    let carts = Carts::new(open(database).await?);
    let mut found = BTreeSet::new();
    for cart in 0..CARTS {
        let snapshot = carts.cart(owner(round, cart)?, "default")?.load().await?;
        for item in snapshot.items()?.iter() {
            ensure(item.quantity() == 1, || {
                format!(
                    "round {round}: {} was written {} times",
                    item.id(),
                    item.quantity()
                )
            })?;
            found.insert(item.id().to_owned());
        }
    }
    if let Some(lost) = acknowledged.difference(&found).next() {
        return Err(format!("round {round}: {lost} was acknowledged and is lost").into());
    }
    let unanswered = found.difference(acknowledged).count();
    ensure(unanswered <= TASKS, || {
        format!("round {round}: {unanswered} writes are there that no task was waiting for")
    })?;
    Ok(unanswered)
}

/// The other process: each write adds an item of its own, and is told when it is acknowledged.
pub(crate) fn work(database: &Path, round: u64) -> Proven {
    tokio::runtime::Runtime::new()?.block_on(async {
        let carts = Carts::new(open(database).await?);
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..TASKS {
            let cart = carts.cart(owner(round, task % CARTS)?, "default")?;
            let price = Money::parse("1.00", Currency::parse("USD")?)?;
            tasks.spawn(async move {
                for write in 0_u64.. {
                    let item = format!("{task}-{write}");
                    cart.add(NewItem::new(&*item, "Cup", price)).await?;
                    let mut output = std::io::stdout().lock();
                    writeln!(output, "{item}")?;
                    output.flush()?;
                }
                Ok::<(), Refuted>(())
            });
        }
        // Nobody ends before the kill but for an error.
        tasks.join_next().await.unwrap_or(Ok(Ok(())))?
    })
}
