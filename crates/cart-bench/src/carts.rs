//! Carts to measure with.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "what is measured with is made here, and valid"
)]

use cart_core::{
    Adjustment, Cart, CartKey, CartSnapshot, CartStore, Carts, Condition, ConditionKind, Currency,
    Expect, Instance, Json, MemoryCartStore, Money, NewItem, Owner, SaveRequest, Stored,
    StoredCart, Target,
};

const WHY: &str = "what is measured with is valid";

/// The currency of all carts here.
fn dollars() -> Currency {
    Currency::parse("USD").expect(WHY)
}

/// The item number `number`, as a shop would describe it.
pub fn item(number: usize) -> NewItem {
    let price = Money::new(1_999, dollars());
    NewItem::new(
        format!("sku-{number}"),
        format!("Product number {number}"),
        price,
    )
    .quantity(2)
    .attribute("colour", Json::parse("\"midnight blue\"").expect(WHY))
    .attribute("size", Json::parse("\"XL\"").expect(WHY))
    .attribute(
        "image",
        Json::parse("\"https://shop.example/products/large.webp\"").expect(WHY),
    )
}

/// A cart of so many lines, with a discount and a tax.
pub fn cart_of(lines: usize) -> Cart {
    let mut cart = Cart::new();
    let items = (0..lines).map(item).collect();
    cart.add_all(items).expect(WHY);
    for (name, kind, value) in [
        ("autumn", ConditionKind::Discount, "-10%"),
        ("vat", ConditionKind::Tax, "9.975%"),
    ] {
        let adjustment = Adjustment::parse(value, dollars()).expect(WHY);
        let condition = Condition::new(name, kind, Target::Subtotal, adjustment).expect(WHY);
        cart.apply(condition).expect(WHY);
    }
    cart
}

/// The key of the shopper number `number`.
pub fn key(number: usize) -> CartKey {
    let owner = Owner::user(format!("shopper-{number}")).expect(WHY);
    CartKey::new(owner, Instance::default())
}

/// The record of such a cart, as an application writes it.
pub fn record_of(lines: usize) -> StoredCart {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect(WHY);
    runtime.block_on(async {
        let carts = Carts::new(MemoryCartStore::new());
        let handle = carts.cart_of(key(0));
        let cart = cart_of(lines);
        let written = handle
            .put_both(cart.items().clone(), cart.conditions().clone())
            .await;
        let Stored::Live(record) = written.expect(WHY).snapshot.stored().clone() else {
            unreachable!("a cart was written just now")
        };
        StoredCart {
            key: key(0),
            record,
        }
    })
}

/// The snapshot of a record, with nothing decoded yet.
pub fn load_once(carts: &Carts, stored: &StoredCart) -> CartSnapshot {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect(WHY);
    runtime.block_on(async {
        let StoredCart { key, record } = stored.clone();
        let request = SaveRequest::new(key.clone(), record, Expect::Any);
        carts.store().save(&request).await.expect(WHY);
        carts.cart_of(key).load().await.expect(WHY)
    })
}
