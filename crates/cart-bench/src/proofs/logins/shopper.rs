//! Somebody who shops as a guest and as a user, and what must be in the carts of both.

use std::collections::BTreeMap;

use cart_core::{
    Cart, CartSnapshot, Carts, Currency, DomainError, Instance, Money, NewItem, Owner, Version,
};

use super::shop::Shop;
use crate::proof::{Proven, Refuted, ensure};

/// A cart that both have and that can't be merged. Its name comes first.
pub(super) const APART: &str = "apart";
/// The carts that can: the user has the first one, too.
const MERGED: [&str; 2] = ["default", "wishlist"];

/// Units by instance and item.
pub(super) type Units = BTreeMap<(&'static str, String), u64>;

#[derive(Clone, Debug)]
pub(super) struct Shopper {
    number: u64,
    pub(super) guest: Owner,
    pub(super) user: Owner,
}

/// What was put in, and acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Bought {
    pub(super) units: Units,
    /// How often the other tab has added something.
    late: u64,
    /// The versions of the guest's cart and the user's that can't be merged: they must stay.
    apart: [Option<Version>; 2],
}

/// What is in the carts of both.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) guest: Units,
    user: Units,
    apart: [Option<Version>; 2],
}

impl Shopper {
    pub(super) fn new(number: u64) -> Result<Self, Refuted> {
        Ok(Self {
            number,
            guest: Owner::guest(format!("guest-{number}"))?,
            user: Owner::user(format!("user-{number}"))?,
        })
    }

    /// Which of the carts a login dies with.
    pub(super) fn target(&self) -> Result<Instance, Refuted> {
        let name = if self.number % 3 == 2 {
            MERGED[1]
        } else {
            MERGED[0]
        };
        Ok(Instance::new(name)?)
    }

    /// Fills the guest's carts and the user's.
    pub(super) async fn fill(&self, shop: &Shop) -> Result<Bought, Refuted> {
        let (guests, users) = (shop.guests(), shop.users());
        let guest = (&guests, &self.guest);
        let user = (&users, &self.user);
        let mut units = Units::new();
        put(guest, MERGED[0], &[("tea", 2), ("cup", 1)], &mut units).await?;
        put(user, MERGED[0], &[("tea", 1), ("pot", 1)], &mut units).await?;
        put(guest, MERGED[1], &[("tea", 1), ("pot", 3)], &mut units).await?;
        // Half of them are in two currencies, and half would have too many lines together.
        for (carts, owner) in [guest, user] {
            let lines = if self.number.is_multiple_of(2) { 1 } else { 8 };
            let currency = if owner == user.1 && lines == 1 {
                "EUR"
            } else {
                "USD"
            };
            let cart = carts.cart(owner.clone(), APART)?;
            cart.edit(|cart| {
                (0..lines).try_for_each(|line| add(cart, &format!("{owner:?}-{line}"), 1, currency))
            })
            .await?;
        }
        let mut bought = Bought {
            units,
            late: 0,
            apart: [None; 2],
        };
        bought.apart = self.look(shop).await?.apart;
        Ok(bought)
    }

    /// Adds a unit of a line that is there, and one of another, to both of the guest's carts: what
    /// another tab does meanwhile.
    pub(super) async fn add_late(&self, shop: &Shop, bought: &mut Bought) -> Proven {
        let other = format!("late-{}", bought.late % 3);
        bought.late += 1;
        let guests = shop.guests();
        for instance in MERGED {
            let items = [("tea", 1), (&*other, 1)];
            put((&guests, &self.guest), instance, &items, &mut bought.units).await?;
        }
        Ok(())
    }

    /// Looks into the guest's carts, and then into the user's: what leaves one meanwhile is in the
    /// other.
    pub(super) async fn look(&self, shop: &Shop) -> Result<Sight, Refuted> {
        let (guests, users) = (shop.guests(), shop.users());
        let (mut guest, mut user) = (Units::new(), Units::new());
        let mut apart = [None; 2];
        let sides = [
            (&guests, &self.guest, &mut guest),
            (&users, &self.user, &mut user),
        ];
        for ((carts, owner, units), apart) in sides.into_iter().zip(&mut apart) {
            for instance in MERGED {
                let snapshot = carts.cart(owner.clone(), instance)?.load().await?;
                count(&snapshot, instance, units)?;
            }
            *apart = carts.cart(owner.clone(), APART)?.load().await?.version();
        }
        Ok(Sight { guest, user, apart })
    }
}

impl Sight {
    /// How many units of what was put in are in neither cart.
    pub(super) fn missing(&self, bought: &Bought) -> u64 {
        let missing = |(item, units): (&_, &u64)| units.saturating_sub(self.units(item));
        bought.units.iter().map(missing).sum()
    }

    /// Which units are there twice.
    pub(super) fn doubled(&self, bought: &Bought) -> Units {
        let items = self.guest.keys().chain(self.user.keys());
        let doubled = items.filter_map(|item| {
            let expected = bought.units.get(item).copied().unwrap_or_default();
            let more = self.units(item).saturating_sub(expected);
            (more > 0).then(|| (item.clone(), more))
        });
        doubled.collect()
    }

    fn units(&self, item: &(&'static str, String)) -> u64 {
        let of = |units: &Units| units.get(item).copied().unwrap_or_default();
        of(&self.guest) + of(&self.user)
    }

    /// Refutes the claim unless the carts that can't be merged are as they were.
    pub(super) fn ensure_apart(&self, bought: &Bought) -> Proven {
        ensure(self.apart == bought.apart, || {
            "a cart was written that can't be merged".to_owned()
        })
    }
}

async fn put(
    (carts, owner): (&Carts, &Owner),
    instance: &'static str,
    items: &[(&str, u64)],
    units: &mut Units,
) -> Proven {
    let cart = carts.cart(owner.clone(), instance)?;
    let all = |cart: &mut Cart| {
        let mut items = items.iter();
        items.try_for_each(|(id, quantity)| add(cart, id, *quantity, "USD"))
    };
    cart.edit(all).await?;
    for (id, quantity) in items {
        *units.entry((instance, (*id).to_owned())).or_default() += quantity;
    }
    Ok(())
}

fn add(cart: &mut Cart, id: &str, quantity: u64, currency: &str) -> Result<(), DomainError> {
    let price = Money::parse("1.00", Currency::parse(currency)?)?;
    cart.add(NewItem::new(id, "Tea", price).quantity(quantity))
        .map(drop)
}

fn count(snapshot: &CartSnapshot, instance: &'static str, units: &mut Units) -> Proven {
    for item in snapshot.items()?.iter() {
        *units.entry((instance, item.id().to_owned())).or_default() += item.quantity();
    }
    Ok(())
}
