//! A cart's metadata: `meta set`, `meta get`, `meta remove`.

use std::fmt;

use cart_core::Json;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::arguments::Which;
use crate::failure::Failure;
use crate::shop::Shop;
use crate::view::{Change, plain};

const NO_KEY: Failure = Failure::NotFound("the metadata has no such key");

/// Set, print or remove one key of a cart's metadata.
#[derive(Debug, Subcommand)]
pub(crate) enum Meta {
    Set(Set),
    Get(Get),
    Remove(Remove),
}

impl Meta {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        match self {
            Self::Set(command) => command.run(shop).await,
            Self::Get(command) => command.run(shop).await,
            Self::Remove(command) => command.run(shop).await,
        }
    }
}

/// Set a key of a cart's metadata. A null removes it.
#[derive(Debug, Args)]
pub(crate) struct Set {
    #[command(flatten)]
    which: Which,

    /// The key.
    key: String,

    /// The value, as JSON: texts need their quotes.
    #[arg(value_name = "JSON", value_parser = Json::parse, allow_negative_numbers = true)]
    value: Json,
}

impl Set {
    async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let is_null = self.value.is_null();
        let edited = shop
            .cart(&self.which)
            .set_metadata(&self.key, self.value)
            .await?;
        let key = plain(&self.key);
        let sentence = match (is_null, edited.is_written()) {
            (false, _) => format!("set {key}"),
            (true, true) => format!("removed {key}"),
            (true, false) => format!("{key} was not set"),
        };
        shop.output.answer(&Change::new(&edited, sentence))
    }
}

/// Print a key of a cart's metadata.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    which: Which,

    /// The key.
    key: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Value(Json);

impl Get {
    async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let value = shop.cart(&self.which).metadata_value(&self.key).await?;
        shop.output.answer(&Value(value.ok_or(NO_KEY)?))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&plain(self.0.as_str()))
    }
}

/// Remove a key of a cart's metadata.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    which: Which,

    /// The key.
    key: String,
}

impl Remove {
    async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let null = Json::parse("null")?;
        let edited = shop.cart(&self.which).set_metadata(&self.key, null).await?;
        if !edited.is_written() {
            return Err(NO_KEY);
        }
        let sentence = format!("removed {}", plain(&self.key));
        shop.output.answer(&Change::new(&edited, sentence))
    }
}
