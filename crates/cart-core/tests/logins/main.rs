//! Guests in one store who sign in as users of another: whatever happens on the way, every item is in
//! exactly one cart in the end.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

mod by_hand;
mod interleaving;
#[path = "../patient/mod.rs"]
mod patient;
mod payments;
mod promises;
mod steps;
mod strategies;

use std::sync::Arc;

use cart_core::{
    BuiltInStrategy, CartHandle, Carts, CartsBuilder, Clock, Currency, Item, MemoryCartStore,
    Money, NewItem, Owner, Result, Transfers,
};
use cart_testkit::FaultStore;

use patient::Patient;

/// A shop whose guests are in one store and whose users are in another.
struct Shop {
    clock: Arc<Patient>,
    guests: FaultStore,
    users: FaultStore,
}

impl Shop {
    fn new() -> Self {
        let clock = Arc::new(Patient::new());
        let store = || {
            let clock = Arc::clone(&clock) as Arc<dyn Clock>;
            FaultStore::new(MemoryCartStore::new().with_clock(clock))
        };
        Self {
            guests: store(),
            users: store(),
            clock,
        }
    }

    /// The carts of a store, as a process of their own sees them.
    fn process(&self, store: &FaultStore) -> CartsBuilder {
        Carts::builder(store.clone()).clock(Arc::clone(&self.clock) as _)
    }

    fn guests(&self) -> Carts {
        self.process(&self.guests).build()
    }

    fn users(&self) -> Carts {
        self.process(&self.users).build()
    }

    fn guest_cart(&self) -> CartHandle {
        self.guests().cart(guest(), "default").expect("an instance")
    }

    fn user_cart(&self) -> CartHandle {
        self.users().cart(ann(), "default").expect("an instance")
    }

    async fn login(&self) -> Result<Transfers> {
        self.login_as(&ann(), BuiltInStrategy::AddQuantities).await
    }

    async fn login_as(&self, user: &Owner, strategy: BuiltInStrategy) -> Result<Transfers> {
        let strategy = Arc::new(strategy);
        self.guests()
            .login(&guest(), &self.users(), user, strategy)
            .await
    }

    /// How many of an item the guest has, and how many the user.
    async fn units(&self, id: &str) -> (u64, u64) {
        (
            quantity(&self.guest_cart(), id).await,
            quantity(&self.user_cart(), id).await,
        )
    }
}

fn guest() -> Owner {
    Owner::guest("0f0e").expect("a guest")
}

fn ann() -> Owner {
    Owner::user("ann").expect("a user")
}

fn bob() -> Owner {
    Owner::user("bob").expect("a user")
}

fn item(id: &str) -> NewItem {
    let usd = Currency::parse("USD").expect("a currency");
    NewItem::new(id, format!("Item {id}"), Money::new(250, usd))
}

fn euros(id: &str) -> NewItem {
    let euros = Currency::parse("EUR").expect("a currency");
    NewItem::new(id, format!("Item {id}"), Money::new(250, euros))
}

async fn quantity(cart: &CartHandle, id: &str) -> u64 {
    let snapshot = cart.load().await.expect("it loads");
    let cart = snapshot.cart().expect("it can be read");
    cart.item(id).map_or(0, Item::quantity)
}
