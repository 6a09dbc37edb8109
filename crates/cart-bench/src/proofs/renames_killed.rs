//! Two processes merge carts across each other, and are killed in the middle.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use cart_core::{
    BuiltInStrategy, Carts, Currency, Instance, Money, NewItem, OnExisting, Owner, Transfer,
};
use cart_testkit::SeededRandomness;
use tokio::task::JoinSet;

use super::renames::{carts, patient};
use crate::arguments::Arguments;
use crate::backend::{Backend, Site, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker::{self, Colleague};

const RENAMES: u64 = 50_000;
/// Pairs of carts at a time: carts grow, so there are others then.
const PAIRS: u64 = 20;
/// Merges of each pair from each side, by a process that isn't killed.
const EACH: u64 = 40;
/// What a process tells before it is killed, at most: about as much as it has to tell.
const LINES: usize = 1_200;

/// What the processes told.
#[derive(Debug, Default)]
struct Told {
    /// The items whose addition was acknowledged.
    items: BTreeSet<String>,
    merges: u64,
    killed: u64,
    errors: Vec<String>,
}

/// Where the items are.
#[derive(Debug, Default)]
struct Places {
    lost: u64,
    doubled: u64,
}

pub(super) fn prove(backend: Backend, arguments: &Arguments, figures: &mut Figures) -> Proven {
    let goal = arguments.scale.of(RENAMES);
    let runtime = tokio::runtime::Runtime::new()?;
    let site = runtime.block_on(Site::start(backend))?;
    let url = patient(backend, &site.url());
    let (mut told, mut places) = (Told::default(), Places::default());
    let mut lot = 0;
    while told.merges < goal {
        let of_lot = cross(&url, lot)?;
        runtime.block_on(look(&url, lot, &of_lot.items, &mut places))?;
        told.add(of_lot);
        lot += 1;
    }
    figures.set("carts given to another owner", told.merges);
    figures.set("items", told.items.len());
    figures.set("in no cart", places.lost);
    figures.set("in both carts, or twice", places.doubled);
    figures.set("errors surfaced", told.errors.len());
    figures.set_faults(told.killed);
    ensure(told.errors.is_empty(), || {
        format!("a call failed: {}", told.errors[0])
    })?;
    ensure(places.lost == 0 && places.doubled == 0, || {
        "an item was in both carts, in none, or there twice".to_owned()
    })?;
    runtime.block_on(site.check())
}

/// Has a process for each side work on the carts of a lot; both are killed, and others go on.
fn cross(url: &str, lot: u64) -> Result<Told, Refuted> {
    std::thread::scope(|scope| {
        let sides = [0, 1].map(|side| scope.spawn(move || push(url, lot, side)));
        let mut told = Told::default();
        for side in sides {
            match side.join() {
                Ok(of_side) => told.add(of_side?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(told)
    })
}

/// One side's processes, of which the first is killed.
fn push(url: &str, lot: u64, side: u64) -> Result<Told, Refuted> {
    let mut told = Told::default();
    let target = 1 + SeededRandomness::new(2 * lot + side).below(LINES);
    for generation in [0, 1] {
        let numbers = [lot, side, generation].map(|number| number.to_string());
        let mut process = Colleague::start(worker::command("merge")?.arg(url).args(numbers))?;
        let mut lines = 0;
        while let Some(line) = process.line()? {
            told.note(&line)?;
            lines += 1;
            if generation == 0 && lines == target {
                told.killed += u64::from(process.kill()?);
            }
        }
        if generation == 1 {
            process.wait()?;
        }
    }
    Ok(told)
}

impl Told {
    fn note(&mut self, line: &str) -> Proven {
        match line.split_once(' ') {
            Some(("added", item)) => drop(self.items.insert(item.to_owned())),
            Some(("error", error)) => self.errors.push(error.to_owned()),
            _ if line == "given" => self.merges += 1,
            _ => return Err("a line says nothing".into()),
        }
        Ok(())
    }

    fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.merges += other.merges;
        self.killed += other.killed;
        self.errors.extend(other.errors);
    }
}

/// Looks for the items of a lot in its carts. One that was added without an answer may be there.
async fn look(
    url: &str,
    lot: u64,
    items: &BTreeSet<String>,
    places: &mut Places,
) -> Result<(), Refuted> {
    let carts = Carts::new(open(url).await?);
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for pair in 0..PAIRS {
        for owner in owners(lot, pair)? {
            let snapshot = carts.cart(owner, "default")?.load().await?;
            for item in snapshot.items()?.iter() {
                *found.entry(item.id().to_owned()).or_default() += item.quantity();
            }
        }
    }
    let missing = items.iter().filter(|item| !found.contains_key(*item));
    places.lost += missing.count() as u64;
    places.doubled += found.values().filter(|count| **count > 1).count() as u64;
    Ok(())
}

fn owners(lot: u64, pair: u64) -> Result<[Owner; 2], Refuted> {
    Ok([
        Owner::user(format!("{lot}-{pair}-left"))?,
        Owner::user(format!("{lot}-{pair}-right"))?,
    ])
}

/// The other process: puts items into its side's carts, and gives these to the other side.
pub(crate) fn work(url: &str, lot: u64, side: usize, generation: u64) -> Proven {
    tokio::runtime::Runtime::new()?.block_on(async {
        let carts = carts(url).await?;
        let mut tasks = JoinSet::new();
        for pair in 0..PAIRS {
            tasks.spawn(give(carts.clone(), lot, pair, side, generation));
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    })
}

async fn give(carts: Carts, lot: u64, pair: u64, side: usize, generation: u64) -> Proven {
    let price = Money::parse("1.00", Currency::parse("USD")?)?;
    let merge = OnExisting::Merge(Arc::new(BuiltInStrategy::AddQuantities));
    let owners = owners(lot, pair)?;
    let (own, other) = (&owners[side % 2], &owners[(side + 1) % 2]);
    let cart = carts.cart(own.clone(), "default")?;
    let (mut given, mut number) = (0, 0);
    // The other side may have taken all that there was; not every time.
    while given < EACH && number < 20 * EACH {
        let item = format!("{pair}-{side}-{generation}-{number}");
        number += 1;
        match cart.add(NewItem::new(&*item, "Cup", price)).await {
            Ok(_) => tell(&format!("added {item}"))?,
            Err(error) => tell(&format!("error {error}"))?,
        }
        match carts
            .transfer(own, other, &Instance::default(), &merge)
            .await
        {
            Ok(Transfer::Absent | Transfer::AlreadyMerged) => {}
            Ok(_) => {
                given += 1;
                tell("given")?;
            }
            Err(error) => tell(&format!("error {error}"))?,
        }
    }
    Ok(())
}

fn tell(line: &str) -> Proven {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
