//! Makes a page of reports that `CART_TESTKIT_REPORT` wrote: `report_page REPORT.json… > report.html`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::{env, fs};

use cart_testkit::Report;

fn main() -> Result<(), Box<dyn Error>> {
    let mut all = Report::default();
    for path in env::args_os().skip(1) {
        let report: Report = serde_json::from_slice(&fs::read(path)?)?;
        all.stores.extend(report.stores);
    }
    print!("{}", all.to_html());
    Ok(())
}
