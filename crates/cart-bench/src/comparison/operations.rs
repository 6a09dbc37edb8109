//! The six operations that a shop does most, one after another.

use std::time::{Duration, Instant};

use cart_core::{Adjustment, CartHandle, Carts, Condition, ConditionKind, ItemUpdate};
use cart_core::{Currency, QuantityChange, Target};

use super::arguments::Arguments;
use super::latencies::Latencies;
use super::report::{Report, Row, Scenario};
use super::subject::LINES;
use crate::carts::{cart_of, item, key};
use crate::proof::{Proven, Refuted};

/// In which order they follow each other, so that a cart is in the end as it was.
const OPERATIONS: [&str; 6] = [
    "add",
    "get",
    "update",
    "apply condition",
    "full load",
    "remove",
];

/// The carts take turns.
const CARTS: usize = 100;

/// Does each operation as often as `arguments` say.
pub(super) async fn measure(
    store: &'static str,
    carts: &Carts,
    arguments: &Arguments,
    report: &mut Report,
) -> Proven {
    let handles: Vec<CartHandle> = (0..CARTS)
        .map(|number| carts.cart_of(key(1_000 + number)))
        .collect();
    let cart = cart_of(LINES);
    for handle in &handles {
        let (items, conditions) = (cart.items().clone(), cart.conditions().clone());
        handle.put_both(items, conditions).await?;
    }
    let mut latencies = Vec::new();
    for _ in OPERATIONS {
        latencies.push((Latencies::new()?, Duration::ZERO));
    }
    for round in 0..arguments.operations() {
        let handle = &handles[round % CARTS];
        for (operation, (latencies, total)) in OPERATIONS.iter().zip(&mut latencies) {
            let start = Instant::now();
            perform(operation, handle, round).await?;
            let took = start.elapsed();
            latencies.note(took);
            *total += took;
        }
    }
    for (operation, (latencies, total)) in OPERATIONS.into_iter().zip(latencies) {
        let seconds = total.as_secs_f64();
        report.add(Row::new(
            Scenario::Operations,
            store,
            operation,
            &latencies,
            seconds,
        ));
    }
    Ok(())
}

async fn perform(operation: &str, cart: &CartHandle, round: usize) -> Result<(), Refuted> {
    let added = item(LINES);
    match operation {
        "add" => drop(cart.add(added).await?),
        "get" => {
            let snapshot = cart.load().await?;
            snapshot.items()?.get("sku-0").ok_or("the line is gone")?;
        }
        "update" => {
            let update = ItemUpdate::new().quantity(QuantityChange::By(1));
            drop(cart.update("sku-10", update).await?);
        }
        "apply condition" => {
            let percent = if (round / CARTS).is_multiple_of(2) {
                "-5%"
            } else {
                "-6%"
            };
            let dollars = Currency::parse("USD")?;
            let adjustment = Adjustment::parse(percent, dollars)?;
            let kind = ConditionKind::Discount;
            let condition = Condition::new("season", kind, Target::Subtotal, adjustment)?;
            drop(cart.apply(condition).await?);
        }
        "full load" => {
            let snapshot = cart.load().await?;
            snapshot.totals()?;
        }
        _ => drop(cart.remove("sku-10").await?),
    }
    Ok(())
}
