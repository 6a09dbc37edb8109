//! Prints the table of metrics in `docs/operations.md`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use cart_layers::METRICS;

fn main() {
    println!("| name | kind | unit | labels | meaning |");
    println!("|---|---|---|---|---|");
    for metric in METRICS {
        let labels: Vec<String> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        println!(
            "| `{}` | {} | {} | {} | {} |",
            metric.name,
            metric.kind,
            metric.unit(),
            labels.join(", "),
            metric.meaning
        );
    }
}
