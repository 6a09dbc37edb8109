//! What came out, for people and for programs.

use std::fmt::Write as _;

use comfy_table::Table;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use serde::Serialize;

use super::latencies::Latencies;
use super::machine::Machine;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    machine: Machine,
    stores: Vec<StoreNote>,
    rows: Vec<Row>,
}

/// What a store's backend says of itself.
#[derive(Debug, Serialize)]
struct StoreNote {
    store: &'static str,
    backend: String,
}

/// One operation of one subject.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    scenario: Scenario,
    store: &'static str,
    operation: &'static str,
    tasks: usize,
    subject: &'static str,
    p50_us: f64,
    p99_us: f64,
    ops_per_s: f64,
    /// How many times an edit was tried.
    tries_per_edit: Option<f64>,
    lost_updates: Option<u64>,
}

/// A table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scenario {
    Operations,
    Contention,
}

impl Row {
    /// A row of one task of ours; `seconds` is how long all of it took.
    pub(super) fn new(
        scenario: Scenario,
        store: &'static str,
        operation: &'static str,
        latencies: &Latencies,
        seconds: f64,
    ) -> Self {
        Self {
            scenario,
            store,
            operation,
            tasks: 1,
            subject: "ours",
            p50_us: latencies.microseconds(0.5),
            p99_us: latencies.microseconds(0.99),
            ops_per_s: count(latencies.count()) / seconds.max(f64::MIN_POSITIVE),
            tries_per_edit: None,
            lost_updates: None,
        }
    }

    /// The same of so many writers of this subject.
    pub(super) fn of(mut self, subject: &'static str, tasks: usize) -> Self {
        self.subject = subject;
        self.tasks = tasks;
        self
    }

    /// The same for edits, which took so many tries, and of which so many are not there.
    pub(super) fn edits(mut self, edits: u64, tries: u64, lost: u64) -> Self {
        self.tries_per_edit = Some(count(tries) / count(edits.max(1)));
        self.lost_updates = Some(lost);
        self
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
fn count(number: u64) -> f64 {
    number as f64
}

impl Report {
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            stores: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub(super) fn note_store(&mut self, store: &'static str, backend: String) {
        self.stores.push(StoreNote { store, backend });
    }

    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The tables for a terminal.
    pub(super) fn tables(&self) -> String {
        let tables = [self.operations(), self.contention()];
        let shown = tables.map(|mut table| table.load_style(UTF8_FULL_CONDENSED).to_string());
        shown.join("\n")
    }

    /// The tables with what they were measured on.
    pub(super) fn markdown(&self) -> String {
        let Machine {
            processor,
            processors,
            system,
            release,
        } = &self.machine;
        let mut text = format!(
            "Measured by `cargo xtask bench` of release {release} on {processors} processors ({processor}), \
             {system}; client and server together.\n\n"
        );
        for StoreNote { store, backend } in &self.stores {
            let _ = writeln!(text, "- {store}: {backend}");
        }
        let tables = [
            ("Six operations, one after another", self.operations()),
            ("Writers on one cart", self.contention()),
        ];
        for (title, mut table) in tables {
            let table = table.load_style(ASCII_MARKDOWN);
            let _ = write!(text, "\n## {title}\n\n{table}\n");
        }
        text
    }

    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn of(&self, scenario: Scenario) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.scenario == scenario)
    }

    fn operations(&self) -> Table {
        let mut table = Table::new();
        table.set_header(["store", "operation", "p50, µs", "p99, µs", "a second"]);
        for row in self.of(Scenario::Operations) {
            table.add_row([
                row.store.to_owned(),
                row.operation.to_owned(),
                format!("{:.1}", row.p50_us),
                format!("{:.1}", row.p99_us),
                format!("{:.0}", row.ops_per_s),
            ]);
        }
        table
    }

    fn contention(&self) -> Table {
        let mut table = Table::new();
        table.set_header([
            "store",
            "writers",
            "how",
            "p50, µs",
            "p99, µs",
            "edits a second",
            "tries per edit",
            "edits lost",
        ]);
        for row in self.of(Scenario::Contention) {
            table.add_row([
                row.store.to_owned(),
                row.tasks.to_string(),
                row.subject.to_owned(),
                format!("{:.1}", row.p50_us),
                format!("{:.1}", row.p99_us),
                format!("{:.0}", row.ops_per_s),
                row.tries_per_edit
                    .map_or_else(String::new, |tries| format!("{tries:.2}")),
                row.lost_updates
                    .map_or_else(String::new, |lost| lost.to_string()),
            ]);
        }
        table
    }
}
