//! Whether two stores hold the same carts: `verify`, `repair`.

use std::fmt;

use cart_core::{ScanRequest, Tenant};
use cart_migrate::{VerifyPlan, VerifyReport, VerifyRun, VerifyStep};
use clap::Args;
use serde::Serialize;

use super::ends::{Ends, Stores, records};
use super::listed::Listed;
use super::selected::Selected;
use crate::failure::Failure;
use crate::numbers::whole_number;
use crate::output::Output;
use crate::progress::Progress;

/// Compare the carts of two stores, contents included.
///
/// Both are read once. Where they don't agree, single carts are looked at: missing, extra, older,
/// newer or different on the target, expiring at another time, unreadable on either side. What a
/// shopper changes meanwhile is no difference.
///
/// The exit code is 6 when there are differences.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(super) ends: Ends,

    #[command(flatten)]
    selected: Selected,

    /// Compare only N carts of each store, taken by chance, and tell what that proves.
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    sample: Option<usize>,

    #[command(flatten)]
    listing: Listing,
}

/// Compare the carts of two stores, and bring what the target lacks.
///
/// A cart that is missing or older on the target is copied, and one that expires earlier there
/// expires as on the source. All else is left and listed, for nobody but you knows which side is
/// right: what is newer on the target or there alone, what differs and is on neither side older,
/// what can't be read.
///
/// The exit code is 6 when differences are left.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(super) ends: Ends,

    #[command(flatten)]
    selected: Selected,

    #[command(flatten)]
    listing: Listing,
}

/// How much is read and listed.
#[derive(Debug, Args)]
struct Listing {
    /// How many carts to read at once, at most 1000.
    #[arg(long, value_name = "N", default_value = "500", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    batch_size: usize,

    /// List at most so many differences.
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    list: usize,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    equal: bool,
    #[serde(flatten)]
    found: VerifyReport,
    milliseconds: u128,
    /// The first of the differences.
    differences: Vec<Listed>,
}

impl Verify {
    pub(super) async fn run(
        self,
        stores: &Stores,
        tenant: Option<Tenant>,
        output: Output,
    ) -> Result<(), Failure> {
        let mut plan = VerifyPlan::new().selecting(self.selected.selection(tenant.clone()));
        if let Some(sample) = self.sample {
            plan = plan.sampling(sample);
        }
        compare(plan, &self.listing, stores, tenant, output).await
    }
}

impl Repair {
    pub(super) async fn run(
        self,
        stores: &Stores,
        tenant: Option<Tenant>,
        output: Output,
    ) -> Result<(), Failure> {
        let selection = self.selected.selection(tenant.clone());
        let plan = VerifyPlan::new().selecting(selection).repair(true);
        compare(plan, &self.listing, stores, tenant, output).await
    }
}

async fn compare(
    plan: VerifyPlan,
    listing: &Listing,
    stores: &Stores,
    tenant: Option<Tenant>,
    mut output: Output,
) -> Result<(), Failure> {
    let (source, target) = stores.both();
    let is_repair = plan.repair;
    let plan = plan.batch_size(listing.batch_size);
    let mut run = plan.begin(source, target)?;
    let mut progress = Progress::new(None);
    if progress.is_visible() {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.tenant = tenant;
        let of_source = records(&*stores.source, &request).await?;
        let of_target = records(&*stores.target, &request).await?;
        progress = Progress::new(Some(of_source + of_target));
    }
    let differences = finish(&mut run, listing.list, is_repair, &mut progress).await?;
    let found = run.report();
    let report = Report {
        equal: found.left() == 0,
        found,
        milliseconds: progress.elapsed().as_millis(),
        differences,
    };
    drop(progress);
    output.answer(&report)?;
    if report.equal {
        Ok(())
    } else {
        Err(Failure::Differs("the stores differ"))
    }
}

/// Runs to the end, and gives the first differences.
async fn finish(
    run: &mut VerifyRun,
    list: usize,
    is_repair: bool,
    progress: &mut Progress,
) -> Result<Vec<Listed>, Failure> {
    let mut differences = Vec::new();
    while let Some(batch) = run.next_batch().await? {
        if batch.step == VerifyStep::Reading {
            let report = run.report();
            progress.advance(batch.read, report.source + report.target);
        }
        let room = list.saturating_sub(differences.len());
        for difference in batch.differences.iter().take(room) {
            let listed = Listed::new(&difference.key, difference.kind.as_str());
            differences.push(if is_repair {
                listed.repaired(difference.repaired)
            } else {
                listed
            });
        }
    }
    Ok(differences)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.found;
        write!(
            formatter,
            "compared {} records with {} in {}.{:03} s: ",
            found.source,
            found.target,
            self.milliseconds / 1_000,
            self.milliseconds % 1_000,
        )?;
        let kinds = [
            (found.missing, "missing"),
            (found.extra, "extra"),
            (found.older, "older"),
            (found.newer, "newer"),
            (found.different, "different"),
            (found.expiry, "with another expiry"),
            (found.corrupt_source, "unreadable on the source"),
            (found.corrupt_target, "unreadable on the target"),
        ];
        let told = kinds.iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = told
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if told.is_empty() {
            write!(formatter, "no difference")?;
        } else {
            write!(formatter, "{}", told.join(", "))?;
        }
        if found.repaired > 0 {
            write!(formatter, "; {} repaired", found.repaired)?;
        }
        if let Some(sample) = found.sample {
            write!(
                formatter,
                "\nof a sample of {} records {} differ: with a confidence of 95 %, at most {} of a million do",
                sample.records, sample.differing, sample.at_most_per_million
            )?;
        }
        for difference in &self.differences {
            write!(formatter, "\n{difference}")?;
        }
        Ok(())
    }
}
