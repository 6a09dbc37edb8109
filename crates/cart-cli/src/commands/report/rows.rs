//! The rows of the reports, for people and for programs.

use cart_core::{Currency, Cursor, Money, Timestamp, Version};
use cart_store_db::{AbandonedCart, CartCounts, CartValues, Conversion};
use comfy_table::Table;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::view::{amount, plain, table, when};

/// A row of a report.
pub(super) trait Row: Serialize {
    /// An empty table for such rows.
    fn table() -> Table;

    /// The cells of the row in it.
    fn cells(&self) -> Vec<String>;
}

/// The rows of a report, and where more of them are.
pub(super) struct Rows<R> {
    rows: Vec<R>,
    next: Option<Cursor>,
}

/// Where the next page starts.
#[derive(Serialize)]
struct Next {
    next: String,
}

impl<R: Row> Rows<R> {
    pub(super) fn of(rows: impl Iterator<Item = R>) -> Self {
        Self {
            rows: rows.collect(),
            next: None,
        }
    }

    pub(super) fn followed_by(mut self, next: Option<Cursor>) -> Self {
        self.next = next;
        self
    }

    pub(super) fn print(self, output: &mut Output) -> Result<(), Failure> {
        let next = self.next.map(|next| next.to_string());
        match output.form() {
            Form::Json => {
                for row in &self.rows {
                    output.json(row)?;
                }
                if let Some(next) = next {
                    output.json(&Next { next })?;
                }
            }
            Form::Text => {
                let mut table = R::table();
                for row in &self.rows {
                    table.add_row(row.cells());
                }
                match self.rows.len() {
                    0 => output.line("no carts")?,
                    _ => output.line(&table.to_string())?,
                }
                if let Some(next) = next {
                    output.line(&format!("more: --cursor {next}"))?;
                }
            }
        }
        output.flush()
    }
}

/// What stands for the currency of carts that have none.
fn code(currency: Option<Currency>) -> String {
    currency.map_or_else(|| "–".to_owned(), |currency| currency.to_string())
}

/// An abandoned cart. Amounts are minor units, moments milliseconds since the Unix epoch.
#[derive(Serialize)]
pub(super) struct AbandonedRow {
    tenant: String,
    owner: String,
    instance: String,
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    currency: Option<Currency>,
    lines: u32,
    units: u64,
    total: i64,
}

impl AbandonedRow {
    pub(super) fn new(cart: &AbandonedCart) -> Self {
        let owner = cart.key.owner();
        Self {
            tenant: owner.tenant().as_str().to_owned(),
            owner: owner.to_string(),
            instance: cart.key.instance().to_string(),
            version: cart.version,
            created_at: cart.created_at,
            updated_at: cart.updated_at,
            expires_at: cart.expires_at,
            currency: cart.currency,
            lines: cart.lines,
            units: cart.units,
            total: cart.total,
        }
    }
}

impl Row for AbandonedRow {
    fn table() -> Table {
        let columns = [
            "tenant", "owner", "instance", "lines", "units", "total", "updated",
        ];
        table(columns, &[3, 4, 5])
    }

    fn cells(&self) -> Vec<String> {
        vec![
            plain(&self.tenant).into_owned(),
            plain(&self.owner).into_owned(),
            plain(&self.instance).into_owned(),
            self.lines.to_string(),
            self.units.to_string(),
            amount(self.total, self.currency),
            when(self.updated_at),
        ]
    }
}

/// The carts of a class of owner.
#[derive(Serialize)]
pub(super) struct CountsRow {
    class: String,
    currency: Option<Currency>,
    carts: u64,
    empty: u64,
    converted: u64,
}

impl CountsRow {
    pub(super) fn new(counts: &CartCounts) -> Self {
        Self {
            class: counts.class.as_str().to_owned(),
            currency: counts.currency,
            carts: counts.carts,
            empty: counts.empty,
            converted: counts.converted,
        }
    }
}

impl Row for CountsRow {
    fn table() -> Table {
        let columns = ["class", "currency", "carts", "empty", "converted"];
        table(columns, &[2, 3, 4])
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.class.clone(),
            code(self.currency),
            self.carts.to_string(),
            self.empty.to_string(),
            self.converted.to_string(),
        ]
    }
}

/// What the carts of a currency amount to, in minor units. The sum is a text: it may be larger
/// than the numbers that programs read.
#[derive(Serialize)]
pub(super) struct ValuesRow {
    currency: Currency,
    carts: u64,
    sum: String,
    average: i64,
    smallest: i64,
    largest: i64,
}

impl ValuesRow {
    pub(super) fn new(values: &CartValues) -> Self {
        Self {
            currency: values.currency,
            carts: values.carts,
            sum: values.sum.to_string(),
            average: values.average().amount(),
            smallest: values.smallest.amount(),
            largest: values.largest.amount(),
        }
    }
}

impl Row for ValuesRow {
    fn table() -> Table {
        let columns = ["carts", "sum", "average", "smallest", "largest"];
        table(columns, &[0, 1, 2, 3, 4])
    }

    fn cells(&self) -> Vec<String> {
        let money = |minor| Money::new(minor, self.currency).to_string();
        let sum = match self.sum.parse() {
            Ok(sum) => money(sum),
            Err(_) => format!("{} minor units of {}", self.sum, self.currency),
        };
        vec![
            self.carts.to_string(),
            sum,
            money(self.average),
            money(self.smallest),
            money(self.largest),
        ]
    }
}

/// How many carts became sales. The rate is in hundredths of a percent.
#[derive(Serialize)]
pub(super) struct ConversionRow {
    currency: Option<Currency>,
    created: u64,
    converted: u64,
    sold: u64,
    basis_points: Option<u64>,
}

impl ConversionRow {
    pub(super) fn new(figures: &Conversion) -> Self {
        Self {
            currency: figures.currency,
            created: figures.created,
            converted: figures.converted,
            sold: figures.sold,
            basis_points: figures.basis_points(),
        }
    }
}

impl Row for ConversionRow {
    fn table() -> Table {
        let columns = ["currency", "created", "converted", "rate", "sold"];
        table(columns, &[1, 2, 3, 4])
    }

    fn cells(&self) -> Vec<String> {
        let rate = |rate| format!("{}.{:02} %", rate / 100, rate % 100);
        vec![
            code(self.currency),
            self.created.to_string(),
            self.converted.to_string(),
            self.basis_points.map_or_else(|| "–".to_owned(), rate),
            self.sold.to_string(),
        ]
    }
}
