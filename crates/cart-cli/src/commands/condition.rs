//! Conditions on a cart or a line: `condition add`, `condition remove`.

use cart_core::{
    Adjustment, Condition as CartCondition, ConditionKind, Currency, DomainError, Target,
};
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Which;
use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::{Change, plain};

const NO_CONDITION: Failure = Failure::NotFound("there is no such condition there");
const NO_CURRENCY: Failure =
    Failure::Invalid("the cart has no currency yet: name the value's by --currency");

/// Add a discount, a tax, a fee or another condition, or remove it.
#[derive(Debug, Subcommand)]
pub(crate) enum Condition {
    Add(Add),
    Remove(Remove),
}

impl Condition {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        match self {
            Self::Add(command) => command.run(shop).await,
            Self::Remove(command) => command.run(shop).await,
        }
    }
}

/// Add a condition, in place of the one with the same name.
#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    which: Which,

    /// The condition's name: unique on the cart, or on the line.
    name: String,

    /// discount, tax, fee, shipping, charge, or a word of your own.
    #[arg(long)]
    kind: String,

    /// The amount that it changes.
    #[arg(long)]
    target: TargetName,

    /// What it does: -10%, 500 (minor units), 5.00 (major units), *0.9 or /2. A discount needs no
    /// minus.
    #[arg(long, allow_hyphen_values = true)]
    value: String,

    /// Put it on the line of this item; the target must be `item`.
    #[arg(long)]
    item: Option<String>,

    /// Its place among the conditions of its target; lower comes first.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    order: i32,

    /// The currency of the value, where the cart has none yet; without, the one that the
    /// configuration names.
    #[arg(long, value_parser = Currency::parse)]
    currency: Option<Currency>,
}

/// The names of the targets.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TargetName {
    /// The unit price of the item.
    Item,
    /// The sum of all lines.
    Subtotal,
    /// The subtotal after its own conditions.
    Total,
}

impl From<TargetName> for Target {
    fn from(name: TargetName) -> Self {
        match name {
            TargetName::Item => Self::Item,
            TargetName::Subtotal => Self::Subtotal,
            TargetName::Total => Self::Total,
        }
    }
}

impl Add {
    async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let default = shop.configuration.money.default_currency;
        let edited = shop
            .cart(&self.which)
            .edit(|cart| {
                let currency = self.currency.or(cart.currency()).or(default);
                let Some(condition) = self.condition(currency)? else {
                    return Ok(None);
                };
                match &self.item {
                    None => cart.apply(condition.clone()).map(drop)?,
                    Some(item) => cart.apply_to_item(item, condition.clone()).map(drop)?,
                }
                Ok(Some(condition))
            })
            .await?;
        let condition = edited.value.as_ref().ok_or(NO_CURRENCY)?;
        let sentence = format!("added condition {}", plain(&self.name));
        let change = Change::new(&edited, sentence).of_condition(condition);
        shop.output.answer(&change)
    }

    /// The condition, with amounts in `currency`; none when it is needed and not known.
    fn condition(&self, currency: Option<Currency>) -> Result<Option<CartCondition>, DomainError> {
        let kind = ConditionKind::from_text(&self.kind);
        // Percentages and factors mean the same in every currency, so any will do to read them.
        let assumed = currency.map_or_else(|| Currency::parse("EUR"), Ok)?;
        let adjustment = match kind {
            ConditionKind::Discount => Adjustment::parse_discount(&self.value, assumed)?,
            _ => Adjustment::parse(&self.value, assumed)?,
        };
        if currency.is_none() && matches!(adjustment, Adjustment::Add(_)) {
            return Ok(None);
        }
        let condition = CartCondition::new(&self.name, kind, self.target.into(), adjustment)?;
        Ok(Some(condition.with_order(self.order)))
    }
}

/// Remove a condition.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    which: Which,

    /// The condition's name.
    name: String,

    /// Take it off the line of this item.
    #[arg(long)]
    item: Option<String>,
}

impl Remove {
    async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let edited = shop
            .cart(&self.which)
            .edit(|cart| {
                Ok(match &self.item {
                    None => cart.remove_condition(&self.name),
                    Some(item) => cart.remove_item_condition(item, &self.name),
                })
            })
            .await?;
        let condition = edited.value.as_ref().ok_or(NO_CONDITION)?;
        let sentence = format!("removed condition {}", plain(&self.name));
        let change = Change::new(&edited, sentence).of_condition(condition);
        shop.output.answer(&change)
    }
}
