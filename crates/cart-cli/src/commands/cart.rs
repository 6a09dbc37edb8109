//! One cart as a whole: `show`, `clear`, `forget`, `instances`.

use std::fmt;

use cart_core::{CartKey, Instance, Owner};
use clap::Args;
use serde::Serialize;

use crate::arguments::{Which, instance};
use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::{CartView, Change, plain};

const NO_CART: Failure = Failure::NotFound("there is no such cart");

/// Show a cart: items, conditions, metadata and totals.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
}

impl Show {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let snapshot = shop.cart(&self.which).load().await?;
        let cart = CartView::new(&snapshot)?.ok_or(NO_CART)?;
        shop.output.answer(&cart)
    }
}

/// Empty a cart: items, conditions and metadata. Its versions go on.
#[derive(Debug, Args)]
pub(crate) struct Clear {
    #[command(flatten)]
    which: Which,
}

impl Clear {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let edited = shop.cart(&self.which).clear().await?;
        if !edited.snapshot.exists() {
            return Err(NO_CART);
        }
        shop.output.answer(&Change::new(&edited, "cleared"))
    }
}

/// Delete an owner's carts; with --instance that one alone.
///
/// What a deleted cart leaves is its version, for a day, so that nobody who still holds the cart
/// brings it back. `erase` removes that too.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Whose carts: guest:TOKEN, user:ID or KIND:ID.
    owner: Owner,

    /// Only this one of the owner's carts.
    #[arg(long, value_name = "INSTANCE", value_parser = instance)]
    instance: Option<Instance>,
}

#[derive(Debug, Serialize)]
struct Forgotten {
    owner: String,
    carts: usize,
}

impl Forget {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let owner = shop.owner(&self.owner);
        let carts = match self.instance {
            None => shop.carts.forget_identifier(&owner).await?,
            Some(instance) => {
                let cart = shop.carts.cart_of(CartKey::new(owner.clone(), instance));
                usize::from(cart.forget().await?)
            }
        };
        if carts == 0 {
            return Err(NO_CART);
        }
        shop.output.answer(&Forgotten {
            owner: owner.to_string(),
            carts,
        })
    }
}

impl fmt::Display for Forgotten {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: deleted {}", plain(&self.owner), self.carts)
    }
}

/// List the names of an owner's carts.
#[derive(Debug, Args)]
pub(crate) struct Instances {
    /// Whose carts: guest:TOKEN, user:ID or KIND:ID.
    owner: Owner,
}

#[derive(Debug, Serialize)]
struct Names {
    owner: String,
    instances: Vec<String>,
}

impl Instances {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let owner = shop.owner(&self.owner);
        let instances = shop.carts.instances(&owner).await?;
        shop.output.answer(&Names {
            owner: owner.to_string(),
            instances: instances.iter().map(ToString::to_string).collect(),
        })
    }
}

impl fmt::Display for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.instances {
            writeln!(formatter, "{}", plain(name))?;
        }
        Ok(())
    }
}
