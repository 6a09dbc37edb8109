//! Many tasks, two processes, one line of one cart.

use std::time::Instant;

use cart_core::{
    CartHandle, Carts, Currency, ItemUpdate, Money, NewItem, Owner, QuantityChange, Requirement,
};

use crate::arguments::Arguments;
use crate::backend::{Backend, Site, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker::{self, Colleague, Locking};

const TASKS: u64 = 16;
const EACH: u64 = 500;
const LINE: &str = "sku-1";

pub(super) fn prove(
    backend: Backend,
    locking: Locking,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let each = arguments.scale.of(EACH);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let site = Site::start(backend).await?;
        let cart = cart(&site.url(), locking).await?;
        let price = Money::parse("1.00", Currency::parse("USD")?)?;
        cart.add(NewItem::new(LINE, "Cup", price)).await?;

        let mut other = Colleague::start(
            worker::command("increment")?
                .args([site.url(), locking.to_string()])
                .args([(TASKS / 2).to_string(), each.to_string()]),
        )?;
        other.line()?;
        let start = Instant::now();
        other.tell("go")?;
        let mut errors = increment(&cart, TASKS / 2, each).await?;
        errors.extend(other.line()?.filter(|line| !line.is_empty()));
        let took = start.elapsed();
        other.wait()?;

        let snapshot = cart.load().await?;
        let line = snapshot.items()?.get(LINE).ok_or("the line is gone")?;
        // The line began with one unit.
        let counted = line.quantity() - 1;
        figures.set("tasks", TASKS);
        figures.set("increments", TASKS * each);
        figures.set("counted", counted);
        figures.set("errors surfaced", errors.len());
        figures.set("milliseconds to increment", took.as_millis());
        ensure(errors.is_empty(), || {
            format!("an increment failed: {}", errors[0])
        })?;
        ensure(counted == TASKS * each, || {
            format!("{counted} of {} increments are there", TASKS * each)
        })?;
        site.check().await
    })
}

/// The other process: says that it is ready, waits for the word, and tells the first error.
pub(crate) fn work(url: &str, locking: Locking, tasks: u64, each: u64) -> Proven {
    let runtime = tokio::runtime::Runtime::new()?;
    let cart = runtime.block_on(cart(url, locking))?;
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    let errors = runtime.block_on(increment(&cart, tasks, each))?;
    println!("{}", errors.first().map_or("", String::as_str));
    Ok(())
}

async fn cart(url: &str, locking: Locking) -> Result<CartHandle, Refuted> {
    let builder = Carts::builder(open(url).await?);
    let carts = match locking {
        Locking::Optimistic => builder.build(),
        Locking::Locked => builder
            .lock_for_update(true)
            .require(&[Requirement::Lock])?,
    };
    Ok(carts.cart(Owner::user("1")?, "default")?)
}

/// Increments the line; gives what went wrong.
async fn increment(cart: &CartHandle, tasks: u64, each: u64) -> Result<Vec<String>, Refuted> {
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let cart = cart.clone();
            tokio::spawn(async move {
                let mut errors = Vec::new();
                for _ in 0..each {
                    let by_one = ItemUpdate::new().quantity(QuantityChange::By(1));
                    if let Err(error) = cart.update(LINE, by_one).await {
                        errors.push(error.to_string());
                    }
                }
                errors
            })
        })
        .collect();
    let mut errors = Vec::new();
    for task in tasks {
        errors.extend(task.await?);
    }
    Ok(errors)
}
