//! What nobody wants any more, and what somebody wants back: `clear-abandoned`, `restore`, `sweep`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use cart_core::{
    Carts, Cleanup, CleanupCheckpoint, CleanupCounts, CleanupRun, Lease, OwnerClass, Retention,
};
use clap::Args;
use serde::Serialize;

use super::consent::{self, Consent};
use super::place_file::PlaceFile;
use crate::arguments::Which;
use crate::failure::Failure;
use crate::numbers::{days, whole_number};
use crate::progress::Progress;
use crate::shop::Shop;
use crate::view::Change;

/// Delete carts that were left alone for too long, batch by batch.
///
/// A cart counts by its last write: one that is exactly as old as its period stays. Carts in
/// checkout are spared, and so is every cart that somebody writes to before its turn comes. Without
/// --tenant the carts of all tenants are looked at.
///
/// On a terminal it asks before it deletes; elsewhere it wants --yes. Runs at the same time, on any
/// number of servers, are harmless; --single keeps to one.
#[derive(Debug, Args)]
pub(crate) struct ClearAbandoned {
    /// How many days a cart may be left alone.
    #[arg(long, value_name = "N", default_value = "7", value_parser = days, allow_negative_numbers = true)]
    days: u32,

    /// The same for guests' carts; `never` keeps them.
    #[arg(long, value_name = "N", value_parser = period, allow_negative_numbers = true)]
    guest_days: Option<Duration>,

    /// The same for users' carts; `never` keeps them.
    #[arg(long, value_name = "N", value_parser = period, allow_negative_numbers = true)]
    user_days: Option<Duration>,

    /// The same for carts without a line, whosever they are; `never` keeps them.
    #[arg(long, value_name = "N", value_parser = period, allow_negative_numbers = true)]
    empty_days: Option<Duration>,

    /// The same for carts that were paid for once; `never` keeps them.
    #[arg(long, value_name = "N", value_parser = period, allow_negative_numbers = true)]
    converted_days: Option<Duration>,

    /// Keep what the carts held for so many days, for `restore`.
    #[arg(long, value_name = "N", value_parser = days, allow_negative_numbers = true)]
    keep_days: Option<u32>,

    /// Count, and delete nothing.
    #[arg(long)]
    dry_run: bool,

    /// How many carts to look at at once, at most 1000.
    #[arg(long, value_name = "N", default_value = "1000", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    batch_size: usize,

    /// Don't ask: for schedules.
    #[arg(long)]
    yes: bool,

    /// Note in FILE after each batch how far it has come, and go on there if FILE exists.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    resume: Option<PathBuf>,

    /// Do nothing while another run with --single is under way, on whatever server.
    #[arg(long, conflicts_with = "dry_run")]
    single: bool,
}

/// What became of the carts.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    /// Whether another run was under way.
    skipped: bool,
    #[serde(flatten)]
    counts: CleanupCounts,
    milliseconds: u128,
}

/// What keeps two runs with `--single` apart.
const LEASE: &str = "clear-abandoned";
/// How long a run that was killed keeps others waiting. No batch takes so long.
const LEASE_TIME: Duration = Duration::from_secs(5 * 60);

impl ClearAbandoned {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let advice = "nobody can be asked here: repeat it with --yes, or look first with --dry-run";
        let consent = Consent::new(self.yes || self.dry_run, advice)?;
        let cleanup = self.cleanup(shop);
        let mut total = None;
        if consent == Consent::Ask {
            let dry = cleanup.clone().dry_run(true);
            let counts = shop.carts.clear_abandoned(&dry).await?;
            let question = format!("Delete {} carts?", counts.deleted);
            consent::ask(&question, "nothing was deleted")?;
            total = Some(counts.seen);
        }
        let mut lease = None;
        if self.single {
            lease = shop.carts.lease(LEASE, LEASE_TIME).await?;
            if lease.is_none() {
                return shop.output.answer(&Report::skipped());
            }
        }
        let mut progress = Progress::new(total);
        let place = self.resume.map(PlaceFile::new);
        let mut run = begin(&shop.carts, cleanup, place.as_ref())?;
        let finished = finish(&mut run, place.as_ref(), lease.as_mut(), &mut progress).await;
        if let Some(lease) = lease {
            // It ends by itself, too; the error of the work is the one to tell.
            finished?;
            lease.release().await?;
        } else {
            finished?;
        }
        let milliseconds = progress.elapsed().as_millis();
        drop(progress);
        shop.output.answer(&Report {
            dry_run: self.dry_run,
            skipped: false,
            counts: run.counts(),
            milliseconds,
        })
    }

    fn cleanup(&self, shop: &Shop) -> Cleanup {
        let mut retention = Retention::days(self.days);
        if let Some(period) = self.guest_days {
            retention = retention.for_class(OwnerClass::Guest, period);
        }
        if let Some(period) = self.user_days {
            retention = retention.for_class(OwnerClass::User, period);
        }
        if let Some(period) = self.empty_days {
            retention = retention.for_empty(period);
        }
        if let Some(period) = self.converted_days {
            retention = retention.for_converted(period);
        }
        let mut cleanup = Cleanup::new(retention)
            .dry_run(self.dry_run)
            .batch_size(self.batch_size);
        cleanup.tenant.clone_from(&shop.tenant);
        cleanup.keep_deleted = self.keep_days.map(Retention::of_days);
        cleanup
    }
}

fn begin(
    carts: &Carts,
    cleanup: Cleanup,
    place: Option<&PlaceFile<CleanupCheckpoint>>,
) -> Result<CleanupRun, Failure> {
    let checkpoint = place.map(PlaceFile::read).transpose()?.flatten();
    Ok(match checkpoint {
        Some(checkpoint) => carts.resume_clean_up(cleanup, &checkpoint)?,
        None => carts.begin_clean_up(cleanup),
    })
}

/// Runs to the end, and notes after each batch how far it has come.
async fn finish(
    run: &mut CleanupRun,
    place: Option<&PlaceFile<CleanupCheckpoint>>,
    mut lease: Option<&mut Lease>,
    progress: &mut Progress,
) -> Result<(), Failure> {
    while let Some(batch) = run.next_batch().await? {
        progress.advance(batch.seen, run.counts().seen);
        if let Some(place) = place {
            place.write(&run.checkpoint())?;
        }
        if let Some(lease) = &mut lease {
            lease.renew_when_due().await?;
        }
    }
    place.map_or(Ok(()), PlaceFile::remove)
}

impl Report {
    fn skipped() -> Self {
        Self {
            dry_run: false,
            skipped: true,
            counts: CleanupCounts::default(),
            milliseconds: 0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skipped {
            return write!(formatter, "another run is under way: nothing was done");
        }
        let CleanupCounts {
            seen,
            deleted,
            touched,
            claimed,
            retained,
            moving,
            ..
        } = self.counts;
        let verb = if self.dry_run {
            "would delete"
        } else {
            "deleted"
        };
        write!(
            formatter,
            "{verb} {deleted} of {seen} carts in {}.{:03} s",
            self.milliseconds / 1_000,
            self.milliseconds % 1_000,
        )?;
        for (count, why) in [
            (touched, "touched meanwhile"),
            (claimed, "in checkout"),
            (retained, "kept for longer"),
            (moving, "moving to another store"),
        ] {
            if count > 0 {
                write!(formatter, ", spared {count} {why}")?;
            }
        }
        Ok(())
    }
}

/// Bring a deleted cart back, with everything that it held.
///
/// That works where deleted carts are kept, by `CART_DELETION_KEEP_DAYS` or by `clear-abandoned
/// --keep-days`, and until another cart is made in its place.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    which: Which,
}

impl Restore {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let restored = shop.cart(&self.which).restore().await?;
        shop.output.answer(&Change::new(&restored, "restored"))
    }
}

/// Remove what has expired for good: carts whose time is over, and old tombstones.
///
/// They are absent anyway; this gives back their room. Harmless beside everything else.
#[derive(Debug, Args)]
pub(crate) struct Sweep {
    /// Remove at most so many.
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>, allow_negative_numbers = true)]
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Swept {
    swept: usize,
}

impl Sweep {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let swept = shop.carts.sweep_at_most(limit).await?;
        shop.output.answer(&Swept { swept })
    }
}

impl fmt::Display for Swept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "removed {} expired records", self.swept)
    }
}

fn period(text: &str) -> Result<Duration, &'static str> {
    match text {
        "never" => Ok(Retention::FOREVER),
        text => days(text)
            .map(Retention::of_days)
            .map_err(|_| "write a whole number of days, at least 1, such as 7, or never"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_may_be_never_over() {
        assert_eq!(period("never"), Ok(Retention::FOREVER));
        assert_eq!(period("2"), Ok(Retention::of_days(2)));
        for text in ["", "0", "Never", "forever"] {
            assert!(period(text).is_err(), "{text}");
        }
    }
}
