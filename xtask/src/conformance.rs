//! `cargo xtask conformance`: each store against each clause of the contract, and the suite itself
//! against stores that are broken on purpose.

mod report;
mod stores;
mod suites;
mod table;
mod verdict;

use std::fs;
use std::path::PathBuf;

use self::report::Summary;
use crate::cargo;
use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::prerequisites::Optional;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run this store alone, and leave out the broken stores; may be given several times.
    #[arg(long = "store", value_name = "NAME")]
    stores: Vec<String>,
    /// Write the result to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write it to this file as a page for a website.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs the suites, prints the tables and fails when a promise doesn't hold.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut selection = stores::select(&arguments.stores)?;
    for (store, server) in selection.leave_out(Optional::is_here) {
        println!(
            "SKIPPED: {store}, as there is no {} here; {}",
            server.name(),
            server.remedy()
        );
    }
    if selection.is_empty() {
        return Ok(());
    }
    let catalogue = Catalogue::load()?;
    let results = suites::run(&selection)?;
    println!("\n{}", table::clauses(&catalogue, &results.stores));
    print!("{}", table::skips(&results.stores));
    if selection.broken_stores {
        println!("\n{}", table::broken_stores(&results.broken_stores));
    }
    if let Some(path) = &arguments.json {
        let summary = Summary::new(&results, &catalogue);
        let text = serde_json::to_string_pretty(&summary).map_err(|source| Error::Json {
            from: "the summary".into(),
            source,
        })?;
        fs::write(path, text + "\n").map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
    }
    if let Some(path) = &arguments.html {
        let page = cargo::example_of("report_page", &results.reports)?;
        fs::write(path, page).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
    }
    let problems = verdict::problems(&selection, &catalogue, &results);
    if problems.is_empty() {
        println!("\nevery promise holds");
        Ok(())
    } else {
        Err(Error::DoesNotHold(problems.join("\n       ")))
    }
}
