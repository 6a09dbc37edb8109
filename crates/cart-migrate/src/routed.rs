//! Several stores as one: each cart is in the store that the first fitting rule names.

mod rule;
mod store;

use std::sync::Arc;

use cart_core::{CartKey, CartStore, Error, ErrorKind, Operation, Result};

pub use rule::Rule;

use crate::both::as_own;
/// A store over several, for trying a new one with some shoppers, or two side by side.
///
/// Rules are looked at in their order; where none fits, the cart is in the first store. A rule is a
/// matter of the key alone, so all processes with the same rules agree, and ask nobody.
///
/// Nothing is moved: whoever changes the rules while carts are there moves them, too, by a
/// [`DualWriteStore`](crate::DualWriteStore) for instance. A cart can't be renamed from one store to
/// another: where rules are about owners, a login takes a guest's cart over as between two stores.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::{Carts, MemoryCartStore};
/// use cart_migrate::{RoutedStore, Rule};
///
/// let (today, other) = (MemoryCartStore::new(), MemoryCartStore::new());
/// let store = RoutedStore::new(Arc::new(today)).route(Rule::Percent(10), Arc::new(other));
/// let carts = Carts::new(store);
/// ```
///
/// Clones are handles to the same stores.
#[derive(Clone, Debug)]
pub struct RoutedStore {
    shared: Arc<Routes>,
}

#[derive(Clone, Debug)]
struct Routes {
    first: Arc<dyn CartStore>,
    rules: Vec<(Rule, Arc<dyn CartStore>)>,
    name: Arc<str>,
}

impl RoutedStore {
    /// The name that errors, metrics and reports carry.
    pub const NAME: &'static str = "routed";

    /// A store that keeps every cart in `first`, until there are rules.
    pub fn new(first: Arc<dyn CartStore>) -> Self {
        Self {
            shared: Arc::new(Routes {
                first,
                rules: Vec::new(),
                name: Self::NAME.into(),
            }),
        }
    }

    /// The same, with what fits `rule`, and no rule before it, in `store`.
    #[must_use]
    pub fn route(self, rule: Rule, store: Arc<dyn CartStore>) -> Self {
        let mut routes = (*self.shared).clone();
        routes.rules.push((rule, store));
        Self {
            shared: Arc::new(routes),
        }
    }

    /// The store that a cart is in.
    pub fn store_of(&self, key: &CartKey) -> &Arc<dyn CartStore> {
        self.store_at(self.place_of(key))
    }

    /// Which of the stores a cart is in: 0 is the first, the others follow in the order of their
    /// rules.
    fn place_of(&self, key: &CartKey) -> usize {
        let mut rules = self.shared.rules.iter();
        rules
            .position(|(rule, _)| rule.fits(key))
            .map_or(0, |at| at + 1)
    }

    fn store_at(&self, place: usize) -> &Arc<dyn CartStore> {
        let route = place
            .checked_sub(1)
            .and_then(|at| self.shared.rules.get(at));
        route.map_or(&self.shared.first, |(_, store)| store)
    }

    /// All stores, in their order.
    fn stores(&self) -> impl Iterator<Item = &Arc<dyn CartStore>> {
        let routes = self.shared.rules.iter().map(|(_, store)| store);
        std::iter::once(&self.shared.first).chain(routes)
    }

    /// An error of one of the stores, as this one's own.
    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_> {
        move |error| as_own(error, message_of, operation, &self.shared.name)
    }
}

fn message_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unsupported => "the store of this cart can't do that: see the capabilities",
        _ => "the store of this cart failed: the source says which one it is, and how",
    }
}

/// Refuses a rename between two stores.
fn check_same(from: usize, to: usize) -> Result<()> {
    if from == to {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        "the rules put both carts into different stores, and no cart is renamed from one store to \
         another: hand it over, as a login between two stores does",
    ))
}
