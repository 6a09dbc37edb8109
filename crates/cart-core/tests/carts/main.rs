//! `Carts` over stores that lose replies, are overtaken and fail.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

mod checkout;
mod cleanup;
mod configuration;
mod edits;
mod erase;
mod faults;
mod leases;
#[path = "../patient/mod.rs"]
mod patient;
mod remembered;
mod restore;
mod snapshots;
mod transfers;

use std::sync::Arc;

use cart_core::{
    CartHandle, Carts, CartsBuilder, Clock, Currency, MemoryCartStore, Money, NewItem, Owner,
};

use faults::{Fault, FaultyStore};
use patient::Patient;

/// Carts in a store whose faults the test plans.
struct Shop {
    store: FaultyStore,
    clock: Arc<Patient>,
    carts: Carts,
}

impl Shop {
    fn new() -> Self {
        let clock = Arc::new(Patient::new());
        let memory = MemoryCartStore::new().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let store = FaultyStore::new(memory);
        let carts = Carts::builder(store.clone())
            .clock(Arc::clone(&clock) as _)
            .build();
        Self {
            store,
            clock,
            carts,
        }
    }

    fn cart(&self) -> CartHandle {
        self.carts
            .cart(shopper(), "default")
            .expect("a valid instance")
    }

    /// The same carts with other settings, and the same faults.
    fn carts(&self, set: impl FnOnce(CartsBuilder) -> CartsBuilder) -> Carts {
        let clock = Arc::clone(&self.clock);
        set(Carts::builder(self.store.clone()).clock(clock)).build()
    }

    /// Another process: the same store, without its faults and without the queue of edits.
    fn elsewhere(&self) -> CartHandle {
        let carts = Carts::builder(self.store.inner.clone())
            .clock(Arc::clone(&self.clock) as _)
            .build();
        carts.cart(shopper(), "default").expect("a valid instance")
    }
}

fn shopper() -> Owner {
    Owner::user("42").expect("a valid owner")
}

fn dollars(cents: i64) -> Money {
    Money::new(cents, Currency::parse("USD").expect("a currency"))
}

fn item(id: &str) -> NewItem {
    NewItem::new(id, format!("Item {id}"), dollars(250))
}

async fn quantity(cart: &CartHandle, id: &str) -> u64 {
    let snapshot = cart.load().await.expect("the cart loads");
    let cart = snapshot.cart().expect("the cart can be read");
    cart.item(id).map_or(0, cart_core::Item::quantity)
}
