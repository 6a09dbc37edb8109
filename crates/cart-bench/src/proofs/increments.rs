//! Many tasks, two processes, one line of one cart.

use std::path::Path;

use cart_core::{CartHandle, Carts, Currency, ItemUpdate, Money, NewItem, Owner, QuantityChange};

use crate::arguments::Arguments;
use crate::folder::{Folder, check_integrity, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker::{self, Colleague};

const TASKS: u64 = 16;
const EACH: u64 = 500;
const LINE: &str = "sku-1";

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let folder = Folder::new()?;
    let database = folder.database();
    let each = arguments.scale.of(EACH);
    let runtime = tokio::runtime::Runtime::new()?;
    let (errors, counted) = runtime.block_on(async {
        let cart = cart(&database).await?;
        let price = Money::parse("1.00", Currency::parse("USD")?)?;
        cart.add(NewItem::new(LINE, "Cup", price)).await?;

        let mut other = Colleague::start(
            worker::command("increment")?
                .arg(&database)
                .args([(TASKS / 2).to_string(), each.to_string()]),
        )?;
        other.line()?;
        other.tell("go")?;
        let mut errors = increment(&cart, TASKS / 2, each).await?;
        errors.extend(other.line()?.filter(|line| !line.is_empty()));
        other.wait()?;

        let snapshot = cart.load().await?;
        let line = snapshot.items()?.get(LINE).ok_or("the line is gone")?;
        // The line began with one unit.
        Ok::<_, Refuted>((errors, line.quantity() - 1))
    })?;
    figures.set("tasks", TASKS);
    figures.set("increments", TASKS * each);
    figures.set("counted", counted);
    figures.set("errors surfaced", errors.len());
    ensure(errors.is_empty(), || {
        format!("an increment failed: {}", errors[0])
    })?;
    ensure(counted == TASKS * each, || {
        format!("{counted} of {} increments are there", TASKS * each)
    })?;
    check_integrity(&database)
}

/// The other process: says that it is ready, waits for the word, and tells the first error.
pub(crate) fn work(database: &Path, tasks: u64, each: u64) -> Proven {
    let runtime = tokio::runtime::Runtime::new()?;
    let cart = runtime.block_on(cart(database))?;
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    let errors = runtime.block_on(increment(&cart, tasks, each))?;
    println!("{}", errors.first().map_or("", String::as_str));
    Ok(())
}

async fn cart(database: &Path) -> Result<CartHandle, Refuted> {
    let carts = Carts::new(open(database).await?);
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
