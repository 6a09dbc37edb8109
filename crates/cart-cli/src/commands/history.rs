//! What a cart was before: `history`.

use std::time::Duration;

use cart_core::{Clock, Instance, Owner, StoredCart, SystemClock, Tenant, Timestamp, Version};
use cart_store_db::{History as Past, PastVersion};
use clap::Args;
use serde::Serialize;

use crate::arguments::{Which, instance};
use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::store::Place;
use crate::view::{amount, table, when};

/// List the versions of a cart that were replaced or deleted, the oldest first, where the audit is
/// on (`schema audit on`).
#[derive(Debug, Args)]
pub(crate) struct History {
    /// Whose cart: guest:TOKEN, user:ID or KIND:ID.
    #[arg(required_unless_present = "purge_older")]
    owner: Option<Owner>,

    /// Which of the owner's carts.
    #[arg(long, value_name = "INSTANCE", default_value = Instance::DEFAULT, value_parser = instance)]
    instance: Instance,

    /// Print this version whole, as `export` does.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["after", "purge_older"])]
    version: Option<Version>,

    /// Go on behind the entry of this number.
    #[arg(long, value_name = "NUMBER", conflicts_with = "purge_older")]
    after: Option<i64>,

    /// At most so many, up to 1000.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    /// Remove the versions of all carts that were replaced longer ago than so many days.
    #[arg(long, value_name = "DAYS", conflicts_with = "owner")]
    purge_older: Option<u32>,
}

/// A past version in a few numbers.
#[derive(Debug, Serialize)]
struct Entry {
    number: i64,
    version: Version,
    state: &'static str,
    updated_at: Timestamp,
    replaced_at: Timestamp,
    currency: Option<cart_core::Currency>,
    lines: u32,
    units: u64,
    total: i64,
}

#[derive(Debug, Serialize)]
struct Purged {
    purged: u64,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl History {
    pub(super) async fn run(
        self,
        place: &Place,
        tenant: Option<Tenant>,
        mut output: Output,
    ) -> Result<(), Failure> {
        let past = place.database().await?.history();
        if let Some(days) = self.purge_older {
            let before = SystemClock.now().saturating_sub(DAY * days);
            let purged = past.purge(before).await?;
            return output.answer(&Purged { purged });
        }
        let Some(owner) = self.owner else {
            return Err(Failure::Invalid("name the owner of the cart"));
        };
        let which = Which {
            owner,
            instance: self.instance,
        };
        let key = which.key(&tenant.unwrap_or_default());
        if let Some(version) = self.version {
            let found = past.version(&key, version).await?;
            let PastVersion { key, record, .. } = found.ok_or(Failure::NotFound(
                "the history has no such version: the audit was off, or it was purged",
            ))?;
            output.line(&StoredCart { key, record }.to_json()?)?;
            return output.flush();
        }
        let versions = past.versions(&key, self.after, self.limit).await?;
        print(&past, &versions, &mut output).await
    }
}

async fn print(past: &Past, versions: &[PastVersion], output: &mut Output) -> Result<(), Failure> {
    let entries = versions.iter().map(Entry::new);
    if output.form() == Form::Json {
        for entry in entries {
            output.json(&entry)?;
        }
        return output.flush();
    }
    if versions.is_empty() {
        let text = if past.is_on().await? {
            "no past versions"
        } else {
            "no past versions; the audit is off"
        };
        output.line(text)?;
        return output.flush();
    }
    let columns = [
        "number", "version", "state", "lines", "units", "total", "written", "replaced",
    ];
    let mut list = table(columns, &[0, 3, 4, 5]);
    for entry in entries {
        list.add_row(entry.cells());
    }
    output.line(&list.to_string())?;
    output.flush()
}

impl Entry {
    fn new(past: &PastVersion) -> Self {
        let header = &past.record.header;
        Self {
            number: past.number,
            version: header.version,
            state: header.state.as_str(),
            updated_at: header.updated_at,
            replaced_at: past.replaced_at,
            currency: header.summary.currency,
            lines: header.summary.lines,
            units: header.summary.units,
            total: header.summary.total,
        }
    }

    fn cells(&self) -> [String; 8] {
        [
            self.number.to_string(),
            self.version.to_string(),
            self.state.to_owned(),
            self.lines.to_string(),
            self.units.to_string(),
            amount(self.total, self.currency),
            when(self.updated_at),
            when(self.replaced_at),
        ]
    }
}

impl std::fmt::Display for Purged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "removed versions: {}", self.purged)
    }
}
