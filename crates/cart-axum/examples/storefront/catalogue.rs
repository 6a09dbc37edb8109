//! What there is to buy.

use cart_core::{Currency, DomainError, Money, NewItem};

/// The products, the most bought first.
const PRODUCTS: &str = include_str!("products.csv");

/// Something to buy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
    /// In how many baskets it was found.
    pub(crate) baskets: u32,
    pub(crate) currency: &'static str,
}

/// A product that is sold in another currency than all others: no cart takes it beside them.
const IMPORTED: Product = Product {
    sku: "imported-olive-oil",
    name: "imported olive oil",
    cents: 1_290,
    baskets: 0,
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

fn product(line: &'static str) -> Option<Product> {
    // Names with a comma stand in quotes; no other field holds one.
    let (sku, rest) = line.split_once(',')?;
    let (rest, baskets) = rest.rsplit_once(',')?;
    let (name, cents) = rest.rsplit_once(',')?;
    Some(Product {
        sku,
        name: name.trim_matches('"'),
        cents: cents.parse().ok()?,
        baskets: baskets.parse().ok()?,
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
