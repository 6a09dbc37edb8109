//! The schema of a database: `schema apply`, `status`, `sql`, `revert`.

use std::fmt;

use cart_store_db::SchemaStatus;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::store::Place;

/// Look after the schema of a database.
#[derive(Debug, Subcommand)]
pub(crate) enum Schema {
    /// Apply the steps that are missing, all or none.
    Apply,
    /// Tell which version the database has.
    Status,
    /// Print the SQL of all steps. The database is not looked at.
    Sql,
    Revert(Revert),
}

/// Take the last step back. What it had created is lost: for the first step, every cart.
#[derive(Debug, Args)]
pub(crate) struct Revert {
    /// Do it, although carts may be lost.
    #[arg(long)]
    yes: bool,
}

impl Schema {
    pub(super) async fn run(self, place: &Place, mut output: Output) -> Result<(), Failure> {
        let schema = place.schema()?;
        let status = match self {
            Self::Apply => schema.apply().await?,
            Self::Status => schema.status().await?,
            Self::Sql => return output.answer(&Sql { sql: schema.sql() }),
            Self::Revert(Revert { yes: true }) => schema.revert().await?,
            Self::Revert(Revert { yes: false }) => {
                return Err(Failure::Invalid(
                    "taking the last step back may lose every cart: repeat it with --yes",
                ));
            }
        };
        output.answer(&Status::from(status))
    }
}

#[derive(Debug, Serialize)]
struct Status {
    version: u32,
    latest: u32,
    current: bool,
}

impl From<SchemaStatus> for Status {
    fn from(status: SchemaStatus) -> Self {
        Self {
            version: status.version,
            latest: status.latest,
            current: status.is_current(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "schema {} of {}", self.version, self.latest)?;
        if !self.current {
            write!(formatter, ": not current")?;
        }
        Ok(())
    }
}

#[derive(Debug, Serialize)]
struct Sql {
    sql: String,
}

impl fmt::Display for Sql {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sql)
    }
}
