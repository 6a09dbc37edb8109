//! The commands, one module for each group.

mod cart;
mod cleanup;
mod condition;
mod consent;
mod count;
mod doctor;
mod erase;
mod export;
mod flush;
mod history;
mod import;
mod items;
mod list;
mod metadata;
mod migrate;
mod place_file;
mod report;
mod schema;
mod transfer;

use cart_core::{StoreUrl, Tenant};
use clap::Subcommand;

use crate::failure::Failure;
use crate::output::Output;
use crate::shop::Shop;
use crate::store::{Access, Place};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(cart::Show),
    List(list::List),
    Add(items::Add),
    Update(items::Update),
    Remove(items::Remove),
    Clear(cart::Clear),
    #[command(subcommand)]
    Condition(condition::Condition),
    #[command(subcommand)]
    Meta(metadata::Meta),
    Instances(cart::Instances),
    Swap(transfer::Swap),
    Merge(transfer::Merge),
    Forget(cart::Forget),
    Import(import::Import),
    Export(export::Export),
    #[command(flatten)]
    Migrate(migrate::Migrate),
    Erase(erase::Erase),
    ClearAbandoned(cleanup::ClearAbandoned),
    Restore(cleanup::Restore),
    Sweep(cleanup::Sweep),
    Flush(flush::Flush),
    #[command(subcommand)]
    Report(report::Report),
    History(history::History),
    #[command(subcommand)]
    Schema(schema::Schema),
    Doctor(doctor::Doctor),
}

impl Command {
    /// Whether the command can begin with a store that isn't there yet. All others would look into
    /// an empty one that a mistyped path has just made.
    fn access(&self) -> Access {
        match self {
            Self::Add(_)
            | Self::Condition(condition::Condition::Add(_))
            | Self::Import(_)
            | Self::Meta(metadata::Meta::Set(_)) => Access::Create,
            _ => Access::Existing,
        }
    }

    /// Runs the command on the carts in `store`, or between the stores that it names itself.
    pub(crate) async fn run(
        self,
        store: Option<StoreUrl>,
        tenant: Option<Tenant>,
        output: Output,
    ) -> Result<(), Failure> {
        if let Self::Migrate(command) = self {
            return Box::pin(command.run(tenant, output)).await;
        }
        let store = store.ok_or(Failure::Invalid(
            "no store: give its URL by --store or in CART_STORAGE, such as sqlite://carts.db",
        ))?;
        let place = Place::new(store, crate::variables())?;
        let sqlite = place.sqlite.clone();
        let done = self.run_at(place, tenant, output).await;
        // The last writes go from the log into the file itself, which can then be copied.
        sqlite.closed().await;
        done
    }

    /// Runs the command on the carts at `place`.
    async fn run_at(
        self,
        place: Place,
        tenant: Option<Tenant>,
        output: Output,
    ) -> Result<(), Failure> {
        // These look at the store or the database itself, and need no carts.
        let command = match self {
            Self::Doctor(command) => return Box::pin(command.run(&place, tenant, output)).await,
            Self::Flush(command) => return command.run(&place, tenant.is_some(), output).await,
            Self::History(command) => return command.run(&place, tenant, output).await,
            Self::Report(command) => return command.run(&place, tenant, output).await,
            Self::Schema(command) => return command.run(&place, output).await,
            command => command,
        };
        let access = command.access();
        let carts = place.open(access).await?;
        let history = match command {
            Self::Erase(_) => place.history().await?,
            _ => None,
        };
        let mut shop = Shop {
            carts,
            configuration: place.configuration,
            tenant,
            output,
        };
        let shop = &mut shop;
        match command {
            Self::Add(command) => command.run(shop).await,
            Self::Clear(command) => command.run(shop).await,
            Self::ClearAbandoned(command) => command.run(shop).await,
            Self::Condition(command) => command.run(shop).await,
            Self::Erase(command) => command.run(shop, history).await,
            Self::Export(command) => command.run(shop).await,
            Self::Forget(command) => command.run(shop).await,
            Self::Import(command) => command.run(shop).await,
            Self::Instances(command) => command.run(shop).await,
            Self::List(command) => command.run(shop).await,
            Self::Merge(command) => command.run(shop).await,
            Self::Meta(command) => command.run(shop).await,
            Self::Remove(command) => command.run(shop).await,
            Self::Restore(command) => command.run(shop).await,
            Self::Show(command) => command.run(shop).await,
            Self::Sweep(command) => command.run(shop).await,
            Self::Swap(command) => command.run(shop).await,
            Self::Update(command) => command.run(shop).await,
            Self::Doctor(_)
            | Self::Flush(_)
            | Self::History(_)
            | Self::Migrate(_)
            | Self::Report(_)
            | Self::Schema(_) => Ok(()),
        }
    }
}
