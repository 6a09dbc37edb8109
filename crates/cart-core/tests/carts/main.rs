//! `Carts` over stores that lose replies, are overtaken and fail.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

mod checkout;
mod cleanup;
mod configuration;
mod edits;
mod erase;
mod leases;
#[path = "../patient/mod.rs"]
mod patient;
mod remembered;
mod restore;
mod snapshots;
mod transfers;

use std::sync::Arc;

use cart_core::{
    CartHandle, Carts, CartsBuilder, Clock, Currency, MemoryCartStore, Money, NewItem, Operation,
    Owner,
};
use cart_testkit::faults::{Fault, FaultStore};

use patient::Patient;

/// Carts in a store whose faults the test plans.
struct Shop {
    store: FaultStore,
    clock: Arc<Patient>,
    carts: Carts,
}

impl Shop {
    fn new() -> Self {
        let clock = Arc::new(Patient::new());
        let memory = MemoryCartStore::new().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let store = FaultStore::new(memory);
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

    /// Somebody else adds an item just before the write.
    fn overtaken(&self, id: &str) -> Fault {
        overtaken(self.elsewhere(), id)
    }

    /// The write is applied, somebody else adds an item, so many times, and the reply is lost.
    fn lost_and_overtaken(&self, id: &str, times: usize) -> Fault {
        let (cart, item) = (self.elsewhere(), item(id));
        Fault::lose_reply().afterwards(move || {
            let (cart, item) = (cart.clone(), item.clone());
            async move {
                for _ in 0..times {
                    cart.add(item.clone()).await.expect("somebody else's edit");
                }
            }
        })
    }

    /// The write is applied, somebody else deletes the cart, and the reply is lost.
    fn lost_and_forgotten(&self) -> Fault {
        let cart = self.elsewhere();
        Fault::lose_reply().afterwards(move || {
            let cart = cart.clone();
            async move {
                cart.forget().await.expect("somebody else's deletion");
            }
        })
    }

    /// How many loads were asked for.
    fn loads(&self) -> usize {
        self.store.calls(Operation::Load)
    }

    /// The same carts with other settings, and the same faults.
    fn carts(&self, set: impl FnOnce(CartsBuilder) -> CartsBuilder) -> Carts {
        let clock = Arc::clone(&self.clock);
        set(Carts::builder(self.store.clone()).clock(clock)).build()
    }

    /// Another process: the same store, without its faults and without the queue of edits.
    fn elsewhere(&self) -> CartHandle {
        let carts = Carts::builder(self.store.inner())
            .clock(Arc::clone(&self.clock) as _)
            .build();
        carts.cart(shopper(), "default").expect("a valid instance")
    }
}

/// The owner of `cart` adds an item to it just before the write.
fn overtaken(cart: CartHandle, id: &str) -> Fault {
    let item = item(id);
    Fault::none().before(move || {
        let (cart, item) = (cart.clone(), item.clone());
        async move {
            cart.add(item).await.expect("somebody else's edit");
        }
    })
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
