//! Carts in the store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartHandle, Carts, CartsBuilder, DomainError, ItemUpdate, MemoryCartStore, QuantityChange,
};

use super::Place;
use super::contention::MOST;
use super::subject::{Contender, LINES, Subject};
use crate::backend::{PATIENCE, open};
use crate::carts::{cart_of, key};
use crate::proof::{Proven, Refuted};

/// The handles of two processes, between which the writers are divided: within one, edits queue up.
const PROCESSES: usize = 2;

/// The cart of one writer.
struct Ours(CartHandle);

#[async_trait]
impl Subject for Ours {
    async fn create(&self) -> Proven {
        let cart = cart_of(LINES);
        let (items, conditions) = (cart.items().clone(), cart.conditions().clone());
        self.0.put_both(items, conditions).await?;
        Ok(())
    }

    async fn add_unit(&self) -> Result<u64, Refuted> {
        let mut tries = 0;
        self.0
            .edit(|cart| {
                tries += 1;
                let update = ItemUpdate::new().quantity(QuantityChange::By(1));
                cart.update("sku-0", update)?;
                Ok::<_, DomainError>(())
            })
            .await?;
        Ok(tries)
    }

    async fn units(&self) -> Result<u64, Refuted> {
        let snapshot = self.0.load().await?;
        let item = snapshot.items()?.get("sku-0").ok_or("the line is gone")?;
        Ok(item.quantity())
    }
}

/// The store as it is, remembering what it wrote, and under the cart's lock where it has one.
pub(super) async fn contenders(place: &Place) -> Result<Vec<Contender>, Refuted> {
    let plain = contender(place, "ours", 0, |carts| carts).await?;
    let remembering = |carts: CartsBuilder| carts.remember_writes(MOST);
    let mut contenders = vec![
        plain,
        contender(place, "ours, remembering", 1, remembering).await?,
    ];
    if place.carts().await?.info().capabilities.lock {
        let locked = |carts: CartsBuilder| carts.lock_for_update(true);
        contenders.push(contender(place, "ours, locked", 2, locked).await?);
    }
    Ok(contenders)
}

async fn contender(
    place: &Place,
    name: &'static str,
    cart: usize,
    set: impl Fn(CartsBuilder) -> CartsBuilder,
) -> Result<Contender, Refuted> {
    let memory = MemoryCartStore::new();
    let mut processes: Vec<Carts> = Vec::new();
    for _ in 0..PROCESSES {
        let builder = match &place.0 {
            Some(site) => Carts::builder(open(&site.url()).await?),
            None => Carts::builder(memory.clone()),
        };
        processes.push(set(builder.edit_deadline(PATIENCE)).build());
    }
    let of = |writer: usize| -> Arc<dyn Subject> {
        Arc::new(Ours(processes[writer % PROCESSES].cart_of(key(cart))))
    };
    Ok(Contender {
        name,
        subjects: (0..MOST).map(of).collect(),
    })
}
