//! Carts go from one store to another: `copy`, `verify`, `repair`.

mod copy;
mod ends;
mod listed;
mod selected;
mod verify;

use cart_core::Tenant;
use clap::Subcommand;

use crate::failure::Failure;
use crate::output::Output;
use crate::store::Access;

/// What to do between two stores.
#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    Copy(copy::Copy),
    Verify(verify::Verify),
    Repair(verify::Repair),
}

impl Migrate {
    /// Runs the command between the stores that it names.
    pub(crate) async fn run(self, tenant: Option<Tenant>, output: Output) -> Result<(), Failure> {
        let (ends, access) = match &self {
            Self::Copy(command) => (&command.ends, Access::Create),
            Self::Verify(command) => (&command.ends, Access::Existing),
            Self::Repair(command) => (&command.ends, Access::Existing),
        };
        let places = ends.places()?;
        let done = async {
            let stores = places.open(access).await?;
            match self {
                Self::Copy(command) => command.run(&stores, tenant, output).await,
                Self::Verify(command) => command.run(&stores, tenant, output).await,
                Self::Repair(command) => command.run(&stores, tenant, output).await,
            }
        };
        let done = done.await;
        places.closed().await;
        done
    }
}
