//! Carts from one store to another: `copy`.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use cart_core::{ScanRequest, Tenant};
use cart_migrate::{CopyCheckpoint, CopyCounts, CopyPlan, CopyRun, Pace};
use clap::Args;
use serde::Serialize;

use super::ends::{Ends, Stores, records};
use super::listed::Listed;
use super::selected::Selected;
use crate::commands::place_file::PlaceFile;
use crate::failure::Failure;
use crate::numbers::whole_number;
use crate::output::Output;
use crate::progress::Progress;

/// Copy all carts from a store to another one, beside shoppers on both.
///
/// A cart that is newer on the target stays, and one that was deleted stays deleted: what deleted
/// carts left is copied, too. So a copy may be killed, repeated and run twice at once. What is
/// written to the source behind the place where the copy is, the next one brings; run the last one
/// when nobody writes there any more, then `cart verify`.
///
/// The exit code is 6 when the target did not take some of the carts.
#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[command(flatten)]
    pub(super) ends: Ends,

    #[command(flatten)]
    selected: Selected,

    /// Count, and write nothing.
    #[arg(long)]
    dry_run: bool,

    /// At most so many carts a second.
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    rate: Option<u32>,

    /// Go slower while the target takes longer than this for a batch.
    #[arg(long, value_name = "MILLISECONDS", value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    batch_within: Option<u32>,

    /// How many carts to read and write at once, at most 1000.
    #[arg(long, value_name = "N", default_value = "500", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    batch_size: usize,

    /// How many batches to write at the same time.
    #[arg(long, value_name = "N", default_value = "4", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    workers: usize,

    /// Note in FILE after each batch how far it has come, and go on there if FILE exists.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    resume: Option<PathBuf>,
}

/// How many refused carts are listed.
const LISTED: usize = 100;

/// What became of the carts.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    #[serde(flatten)]
    counts: CopyCounts,
    milliseconds: u128,
    records_per_second: u64,
    /// The first of the carts that the target did not take.
    refusals: Vec<Listed>,
}

impl Copy {
    pub(super) async fn run(
        self,
        stores: &Stores,
        tenant: Option<Tenant>,
        mut output: Output,
    ) -> Result<(), Failure> {
        let [from, to] = &stores.addresses;
        let plan = CopyPlan::new()
            .at_pace(self.pace())
            .selecting(self.selected.selection(tenant.clone()))
            .batch_size(self.batch_size)
            .workers(self.workers)
            .dry_run(self.dry_run)
            .between(from, to);
        let place = self.resume.map(PlaceFile::new);
        let mut run = begin(plan, stores, place.as_ref())?;
        let mut progress = Progress::new(None);
        if progress.is_visible() {
            let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
            request.tenant = tenant;
            progress = Progress::new(Some(records(&*stores.source, &request).await?));
        }
        let refusals = finish(&mut run, place.as_ref(), &mut progress).await?;
        let report = Report {
            dry_run: self.dry_run,
            counts: run.counts(),
            milliseconds: progress.elapsed().as_millis(),
            records_per_second: progress.rate(),
            refusals,
        };
        drop(progress);
        output.answer(&report)?;
        if report.counts.refused > 0 {
            return Err(Failure::Differs("the target did not take all carts"));
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        let mut pace = Pace::default();
        pace.per_second = self.rate.and_then(NonZeroU32::new);
        let limit = self.batch_within.map(u64::from);
        pace.batch_within = limit.map(Duration::from_millis);
        pace
    }
}

fn begin(
    plan: CopyPlan,
    stores: &Stores,
    place: Option<&PlaceFile<CopyCheckpoint>>,
) -> Result<CopyRun, Failure> {
    let (source, target) = stores.both();
    let checkpoint = place.map(PlaceFile::read).transpose()?.flatten();
    Ok(match checkpoint {
        Some(checkpoint) => plan.resume(source, target, &checkpoint)?,
        None => plan.begin(source, target)?,
    })
}

/// Runs to the end, and notes after each batch how far it has come. Gives the first refusals.
async fn finish(
    run: &mut CopyRun,
    place: Option<&PlaceFile<CopyCheckpoint>>,
    progress: &mut Progress,
) -> Result<Vec<Listed>, Failure> {
    let mut refusals = Vec::new();
    while let Some(batch) = run.next_batch().await? {
        progress.advance(batch.counts.seen, run.counts().seen);
        if let Some(place) = place {
            place.write(&run.checkpoint())?;
        }
        let room = LISTED - refusals.len();
        let listed = batch.refusals.iter().take(room);
        refusals.extend(listed.map(|refusal| Listed::new(&refusal.key, refusal.kind.as_str())));
    }
    place.map_or(Ok(()), PlaceFile::remove)?;
    Ok(refusals)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CopyCounts {
            carts,
            tombstones,
            refused,
            moving,
            ..
        } = self.counts;
        let verb = if self.dry_run { "would copy" } else { "copied" };
        write!(
            formatter,
            "{verb} {carts} carts and {tombstones} tombstones in {}.{:03} s ({}/s)",
            self.milliseconds / 1_000,
            self.milliseconds % 1_000,
            self.records_per_second,
        )?;
        if moving > 0 {
            write!(formatter, ", left out {moving} that are moving already")?;
        }
        if refused > 0 {
            write!(formatter, ", {refused} were refused")?;
        }
        for refusal in &self.refusals {
            write!(formatter, "\n{refusal}")?;
        }
        Ok(())
    }
}
