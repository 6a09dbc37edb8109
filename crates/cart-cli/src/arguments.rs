//! The command line.

use cart_core::{BuiltInStrategy, CartKey, Instance, InvalidKey, Json, Owner, StoreUrl, Tenant};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser};

use crate::commands::Command;

/// Look into the carts of a shop, and change them, on any store.
///
/// OWNER is `guest:TOKEN`, `user:ID` or `KIND:ID`. Amounts with a point are major units (`19.99`),
/// without one minor units (`1999`).
///
/// Exit codes: 0 done, 2 invalid input, 3 conflict, 4 not found, 5 unavailable, 6 two
/// stores differ.
#[derive(Debug, Parser)]
#[command(
    name = "cart",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// The store: a URL such as `sqlite://carts.db`, or `database` or `cache` where the
    /// environment configures it (`CART_SECTION_KEY`).
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CART_STORAGE",
        hide_env_values = true
    )]
    pub(crate) store: Option<StoreUrl>,

    /// The tenant; the default one has no name. Commands about many carts take all tenants without.
    #[arg(long, global = true, value_name = "TENANT", value_parser = tenant)]
    pub(crate) tenant: Option<Tenant>,

    /// Print JSON, errors included.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which cart.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Whose cart: guest:TOKEN, user:ID or KIND:ID.
    pub(crate) owner: Owner,

    /// Which of the owner's carts.
    #[arg(long, value_name = "INSTANCE", default_value = Instance::DEFAULT, value_parser = instance)]
    pub(crate) instance: Instance,
}

impl Which {
    /// The key of the cart, in a tenant.
    pub(crate) fn key(&self, tenant: &Tenant) -> CartKey {
        let owner = self.owner.clone().in_tenant(tenant.clone());
        CartKey::new(owner, self.instance.clone())
    }
}

/// A key with a JSON value.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) key: String,
    pub(crate) value: Json,
}

pub(crate) fn instance(text: &str) -> Result<Instance, InvalidKey> {
    Instance::new(text)
}

fn tenant(text: &str) -> Result<Tenant, InvalidKey> {
    Tenant::new(text)
}

/// Reads `KEY=JSON`.
pub(crate) fn attribute(text: &str) -> Result<Attribute, String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=JSON, such as size=\"L\" or weight=1.50")?;
    let value = Json::parse(value).map_err(|error| error.to_string())?;
    Ok(Attribute {
        key: key.to_owned(),
        value,
    })
}

/// Reads the name of a merge strategy.
pub(crate) fn strategy() -> impl TypedValueParser<Value = BuiltInStrategy> {
    PossibleValuesParser::new([
        "add_quantities",
        "keep_highest",
        "keep_user",
        "replace_with_guest",
    ])
    .try_map(|name| name.parse::<BuiltInStrategy>())
}
