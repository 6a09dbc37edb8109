//! What there is to buy.

use cart_core::{Currency, DomainError, Money, NewItem};

/// The products, the most bought first.
const PRODUCTS: &str = include_str!("products.csv");

/// The aisles of the shop, by the name in a URL and on a sign.
pub(crate) const AISLES: [(&str, &str); 8] = [
    ("fruit", "Fruit & vegetables"),
    ("bakery", "Bakery"),
    ("dairy", "Milk, cheese & eggs"),
    ("meat", "Meat & fish"),
    ("drinks", "Drinks"),
    ("sweets", "Sweets & snacks"),
    ("pantry", "Pantry"),
    ("household", "Household"),
];

/// Something to buy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
    /// In how many baskets it was found.
    pub(crate) baskets: u32,
    pub(crate) aisle: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) currency: &'static str,
}

/// A product that is sold in another currency than all others: no cart takes it beside them.
const IMPORTED: Product = Product {
    sku: "imported-olive-oil",
    name: "imported olive oil",
    cents: 1_290,
    baskets: 0,
    aisle: "pantry",
    picture: "🫒",
    currency: "EUR",
};

/// Everything that there is to buy.
pub(crate) fn products() -> impl Iterator<Item = Product> {
    PRODUCTS
        .lines()
        .skip(1)
        .filter_map(product)
        .chain([IMPORTED])
}

/// The product of this number.
pub(crate) fn find(sku: &str) -> Option<Product> {
    products().find(|product| product.sku == sku)
}

/// Reads a line; no field holds a comma.
fn product(line: &'static str) -> Option<Product> {
    let mut fields = line.split(',');
    Some(Product {
        sku: fields.next()?,
        name: fields.next()?,
        cents: fields.next()?.parse().ok()?,
        baskets: fields.next()?.parse().ok()?,
        aisle: fields.next()?,
        picture: fields.next()?,
        currency: "USD",
    })
}

impl Product {
    /// What it costs.
    pub(crate) fn price(&self) -> Result<Money, DomainError> {
        Ok(Money::new(self.cents, Currency::parse(self.currency)?))
    }

    /// So many of it, for a cart.
    pub(crate) fn item(&self, quantity: u64) -> Result<NewItem, DomainError> {
        Ok(NewItem::new(self.sku, self.name, self.price()?).quantity(quantity))
    }
}
