//! Prints the cases of the suite, with the clauses that they prove and the checks that they
//! answer, and the clauses, as JSON.

use std::error::Error;

use cart_testkit::{Case, Clause, cases};
use serde::Serialize;

#[derive(Serialize)]
struct Catalogue {
    cases: Vec<&'static Case>,
    clauses: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    clause: Clause,
    text: &'static str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let clauses = Clause::ALL.iter().map(|clause| Entry {
        clause: *clause,
        text: clause.text(),
    });
    let catalogue = Catalogue {
        cases: cases().collect(),
        clauses: clauses.collect(),
    };
    serde_json::to_writer_pretty(std::io::stdout().lock(), &catalogue)?;
    Ok(())
}
