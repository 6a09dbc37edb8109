//! A part of a cart that is on its way to another cart.

use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::condition::Condition;
use super::error::DomainError;
use super::item::Item;

/// Which part of a cart is promised to another one: units of its lines, conditions by name,
/// metadata by key. What they are stands in the cart, of which a share never holds more than is
/// there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Share {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<SharedLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<String>,
}

/// So many units of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SharedLine {
    item_id: String,
    quantity: u64,
}

impl Share {
    /// All that `cart` holds.
    pub(crate) fn whole(cart: &Cart) -> Self {
        let line = |item: &Item| SharedLine {
            item_id: item.id().to_owned(),
            quantity: item.quantity(),
        };
        let conditions = cart.conditions.iter().map(Condition::name);
        Self {
            lines: cart.items.iter().map(line).collect(),
            conditions: conditions.map(str::to_owned).collect(),
            metadata: cart
                .metadata
                .iter()
                .map(|(key, _)| key.to_owned())
                .collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.conditions.is_empty() && self.metadata.is_empty()
    }

    /// The units of a line.
    pub(super) fn units(&self, item_id: &str) -> u64 {
        let mut lines = self.lines.iter();
        lines
            .find(|line| line.item_id == item_id)
            .map_or(0, |line| line.quantity)
    }

    /// This part of `cart` as a cart of its own. Claims are not divided: it has all of them.
    ///
    /// # Errors
    ///
    /// [`DomainError::Overflow`] for quantities.
    pub(crate) fn of(&self, cart: &Cart) -> Result<Cart, DomainError> {
        let mut part = Cart {
            claims: cart.claims.clone(),
            ..Cart::new()
        };
        for line in &self.lines {
            if let Some(item) = cart.items.get(&line.item_id) {
                let quantity = line.quantity.min(item.quantity());
                part.items.put(item.clone().with_quantity(quantity)?)?;
            }
        }
        let conditions = self.conditions.iter();
        part.conditions = conditions
            .filter_map(|name| cart.conditions.get(name).cloned())
            .collect();
        for key in &self.metadata {
            if let Some(value) = cart.metadata.get(key) {
                part.metadata.insert(key, value.clone());
            }
        }
        Ok(part)
    }

    /// Takes this part out of `cart`. The claims are where it went.
    ///
    /// # Errors
    ///
    /// As [`Share::of`].
    pub(crate) fn take_out_of(&self, cart: &mut Cart) -> Result<(), DomainError> {
        for line in &self.lines {
            cart.subtract(&line.item_id, line.quantity)?;
        }
        for name in &self.conditions {
            cart.remove_condition(name);
        }
        for key in &self.metadata {
            cart.remove_metadata(key);
        }
        cart.claims.clear();
        Ok(())
    }

    /// What is left of the share when an edit makes `after` of `before`. Units that the edit takes
    /// away come from the share last; a condition or a value that it changes is no longer the one
    /// that was promised.
    pub(crate) fn edited(mut self, before: &Cart, after: &Cart) -> Self {
        self.lines.retain_mut(|line| {
            let left = after.items.get(&line.item_id).map_or(0, Item::quantity);
            line.quantity = line.quantity.min(left);
            line.quantity > 0
        });
        self.conditions.retain(|name| {
            let condition = after.conditions.get(name);
            condition.is_some() && condition == before.conditions.get(name)
        });
        self.metadata.retain(|key| {
            let value = after.metadata.get(key);
            value.is_some() && value == before.metadata.get(key)
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::domain::{Currency, ItemUpdate, Json, Money, NewItem, QuantityChange};

    fn add(cart: &mut Cart, id: &str, quantity: u64) {
        let price = Money::new(100, Currency::parse("USD").expect("a currency"));
        let item = NewItem::new(id, "Tea", price).quantity(quantity);
        cart.add(item).expect("it is added");
    }

    fn units(cart: &Cart, id: &str) -> u64 {
        cart.item(id).map_or(0, Item::quantity)
    }

    #[test]
    fn what_is_taken_out_is_what_the_share_is_of() {
        let usd = Currency::parse("USD").expect("a currency");
        let mut cart = Cart::new();
        add(&mut cart, "a", 2);
        cart.apply(Condition::fee("wrap", "100", usd).expect("a fee"))
            .expect("it applies");
        cart.set_metadata("note", Json::parse("1").expect("JSON"));
        let share = Share::whole(&cart);
        let before = cart.clone();
        add(&mut cart, "a", 1);
        add(&mut cart, "b", 1);
        cart.set_metadata("late", Json::parse("2").expect("JSON"));
        let share = share.edited(&before, &cart);

        let part = share.of(&cart).expect("a part");
        assert_eq!((units(&part, "a"), units(&part, "b")), (2, 0));
        assert_eq!((part.conditions().len(), part.metadata().len()), (1, 1));
        share.take_out_of(&mut cart).expect("it is there");
        assert_eq!((units(&cart, "a"), units(&cart, "b")), (1, 1));
        assert!(cart.conditions().is_empty());
        assert!(cart.metadata().get("note").is_none() && cart.metadata().get("late").is_some());
    }

    #[test]
    fn what_was_changed_is_no_longer_promised() {
        let mut cart = Cart::new();
        add(&mut cart, "a", 2);
        cart.set_metadata("note", Json::parse("1").expect("JSON"));
        let before = cart.clone();
        let share = Share::whole(&cart);
        cart.remove("a");
        add(&mut cart, "a", 5);
        cart.set_metadata("note", Json::parse("2").expect("JSON"));
        let share = share.edited(&before, &cart);
        let part = share.of(&cart).expect("a part");
        assert_eq!((units(&part, "a"), part.metadata().len()), (2, 0));

        let before = cart.clone();
        cart.clear();
        assert!(share.edited(&before, &cart).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// However a cart is edited: a part and the rest are the cart.
        #[test]
        fn a_share_and_the_rest_are_the_cart(edits in vec((0..3_usize, 0..4_u64), 0..12)) {
            let mut cart = Cart::new();
            add(&mut cart, "a", 3);
            add(&mut cart, "b", 1);
            let mut share = Share::whole(&cart);
            for (line, quantity) in edits {
                let id = ["a", "b", "c"][line];
                let before = cart.clone();
                if cart.item(id).is_some() {
                    let quantity = QuantityChange::To(quantity);
                    cart.update(id, ItemUpdate::new().quantity(quantity)).expect("an update");
                } else if quantity > 0 {
                    add(&mut cart, id, quantity);
                }
                share = share.edited(&before, &cart);
                let part = share.of(&cart).expect("a part");
                let mut rest = cart.clone();
                share.take_out_of(&mut rest).expect("it is there");
                for id in ["a", "b", "c"] {
                    prop_assert_eq!(units(&part, id) + units(&rest, id), units(&cart, id));
                }
                prop_assert!(units(&part, "a") <= 3 && units(&part, "c") == 0);
            }
        }
    }
}
