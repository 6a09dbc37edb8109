//! The closing table, and the same for programs.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;

use crate::proof::{Figures, Outcome};

/// One row for each proof: what was done, the faults that fired, the result.
pub(crate) fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "proof",
        "figures",
        "faults fired",
        "seconds",
        "result",
    ]);
    for outcome in outcomes {
        let figures: Vec<String> = outcome
            .figures
            .listed()
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let faults = outcome.figures.faults();
        table.add_row([
            outcome.proof.name.to_owned(),
            figures.join("\n"),
            faults.map_or_else(|| "–".to_owned(), |fired| fired.to_string()),
            format!("{:.1}", outcome.took.as_secs_f64()),
            outcome.verdict(),
        ]);
    }
    table
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'static str,
    held: bool,
    figures: &'a Figures,
    seconds: f64,
}

/// A list of the proofs: name, whether it held, figures, seconds.
pub(crate) fn json(outcomes: &[Outcome]) -> serde_json::Result<String> {
    let rows: Vec<Row<'_>> = outcomes
        .iter()
        .map(|outcome| Row {
            name: outcome.proof.name,
            held: outcome.held(),
            figures: &outcome.figures,
            seconds: outcome.took.as_secs_f64(),
        })
        .collect();
    serde_json::to_string_pretty(&rows)
}
