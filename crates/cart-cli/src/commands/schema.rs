//! The schema of a database: `schema apply`, `status`, `sql`, `revert`.

use std::fmt;

use cart_store_db::SchemaStatus;
use clap::{Args, Subcommand, ValueEnum};
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
    Audit(Audit),
}

/// Keep each version of a cart that is replaced or deleted, from now on or no longer; without a
/// word, tell whether they are kept. What was kept stays: see `history`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Switch it on or off.
    switch: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
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
        if let Self::Audit(audit) = self {
            return audit.run(place, &mut output).await;
        }
        let schema = place.schema()?;
        let status = match self {
            Self::Audit(_) => return Ok(()),
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

impl Audit {
    async fn run(self, place: &Place, output: &mut Output) -> Result<(), Failure> {
        let history = place.database().await?.history();
        if let Some(switch) = self.switch {
            history.switch(switch == Switch::On).await?;
        }
        let audit = history.is_on().await?;
        output.answer(&AuditStatus { audit })
    }
}

#[derive(Debug, Serialize)]
struct AuditStatus {
    audit: bool,
}

impl fmt::Display for AuditStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.audit { "audit on" } else { "audit off" })
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
