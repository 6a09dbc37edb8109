//! Many carts, one line each.

use std::fmt;

use cart_core::{ScanEntry, Summary, Timestamp, Version};
use serde::Serialize;

use super::table::{amount, plain, table, when};

/// A cart in a few numbers, as of its last write. Amounts are minor units, moments milliseconds
/// since the Unix epoch.
#[derive(Debug, Serialize)]
pub(crate) struct RowView {
    tenant: String,
    owner: String,
    instance: String,
    version: Version,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    #[serde(flatten)]
    summary: Summary,
}

impl RowView {
    pub(crate) fn new(entry: &ScanEntry) -> Self {
        let (key, header) = (&entry.key, &entry.record.header);
        Self {
            tenant: key.owner().tenant().as_str().to_owned(),
            owner: key.owner().to_string(),
            instance: key.instance().to_string(),
            version: header.version,
            updated_at: header.updated_at,
            expires_at: header.expires_at,
            summary: header.summary,
        }
    }
}

/// A table of carts.
#[derive(Debug)]
pub(crate) struct ListView(pub(crate) Vec<RowView>);

impl fmt::Display for ListView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_tenants = self.0.iter().any(|row| !row.tenant.is_empty());
        let mut list = table(
            [
                "tenant", "owner", "instance", "lines", "units", "total", "updated", "version",
            ],
            &[3, 4, 5],
        );
        for row in &self.0 {
            list.add_row([
                plain(&row.tenant).into_owned(),
                plain(&row.owner).into_owned(),
                plain(&row.instance).into_owned(),
                row.summary.lines.to_string(),
                row.summary.units.to_string(),
                amount(row.summary.total, row.summary.currency),
                when(row.updated_at),
                row.version.to_string(),
            ]);
        }
        if let Some(tenants) = list.column_mut(0).filter(|_| !has_tenants) {
            tenants.set_constraint(comfy_table::ColumnConstraint::Hidden);
        }
        match self.0.len() {
            0 => write!(formatter, "no carts"),
            count => write!(formatter, "{list}\ncarts: {count}"),
        }
    }
}
