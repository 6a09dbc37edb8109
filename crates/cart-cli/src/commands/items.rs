//! The lines of a cart: `add`, `update`, `remove`.

use cart_core::{Currency, ItemUpdate, Money, NewItem, QuantityChange};
use clap::Args;

use crate::arguments::{Attribute, Which, attribute};
use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::{Change, plain};

const NO_CURRENCY: Failure = Failure::Invalid(
    "no currency: name the price's by --currency, or one for all in CART_MONEY_DEFAULT_CURRENCY",
);
const NO_ITEM: Failure = Failure::NotFound("the cart has no such item");

/// Add an item; of one that the cart has already, add more.
///
/// Then name, price and attributes take the new values, and the line's conditions stay.
#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    which: Which,

    /// The item's id: unique in the cart.
    item: String,

    /// What the shopper reads.
    #[arg(long, allow_hyphen_values = true)]
    name: String,

    /// The price of one unit: 19.99 (major units) or 1999 (minor units).
    #[arg(long, allow_hyphen_values = true)]
    price: String,

    /// The currency, by its ISO 4217 code; without, the one that the configuration names.
    #[arg(long, value_parser = Currency::parse)]
    currency: Option<Currency>,

    /// How many units.
    #[arg(long, default_value_t = 1)]
    quantity: u64,

    /// An attribute, such as size="L". May be given several times.
    #[arg(long, value_name = "KEY=JSON", value_parser = attribute)]
    attribute: Vec<Attribute>,
}

impl Add {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let default = shop.configuration.money.default_currency;
        let currency = self.currency.or(default).ok_or(NO_CURRENCY)?;
        let price = Money::parse(&self.price, currency)?;
        let mut item = NewItem::new(self.item, self.name, price).quantity(self.quantity);
        for Attribute { key, value } in self.attribute {
            item = item.attribute(key, value);
        }
        let edited = shop.cart(&self.which).add(item).await?;
        let line = &edited.value;
        let sentence = format!(
            "added {} of {}: now {}",
            self.quantity,
            plain(line.id()),
            line.quantity()
        );
        let change = Change::new(&edited, sentence).of_item(line);
        shop.output.answer(&change)
    }
}

/// Change the quantity of an item. A line without a unit left is removed.
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    which: Which,

    /// The item's id.
    item: String,

    /// +2 for two more, -1 for one less, =5 for exactly five.
    #[arg(long, allow_hyphen_values = true)]
    quantity: QuantityChange,
}

impl Update {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let update = ItemUpdate::new().quantity(self.quantity);
        let edited = shop.cart(&self.which).update(&self.item, update).await?;
        let line = edited.value.as_ref().ok_or(NO_ITEM)?;
        let is_left = edited.snapshot.cart()?.item(&self.item).is_some();
        let sentence = if is_left {
            format!("{}: now {}", plain(line.id()), line.quantity())
        } else {
            format!("removed {}: no unit is left", plain(line.id()))
        };
        let mut change = Change::new(&edited, sentence);
        if is_left {
            change = change.of_item(line);
        }
        shop.output.answer(&change)
    }
}

/// Remove an item.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    which: Which,

    /// The item's id.
    item: String,
}

impl Remove {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let edited = shop.cart(&self.which).remove(&self.item).await?;
        let line = edited.value.as_ref().ok_or(NO_ITEM)?;
        let sentence = format!("removed {} of {}", line.quantity(), plain(line.id()));
        let change = Change::new(&edited, sentence).of_item(line);
        shop.output.answer(&change)
    }
}
