//! Carts change hands: `swap`, `merge`.

mod bulk;
mod group;
mod owners;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cart_core::{
    BuiltInStrategy, Error, FailedInstance, Instance, MergeReport, MergedInstance, OnExisting,
    Owner, Transfer, Transfers,
};
use clap::Args;
use serde::Serialize;

use self::bulk::Bulk;
use crate::arguments::{instance, strategy};
use crate::failure::Failure;
use crate::shop::Shop;
use crate::source::Source;
use crate::view::plain;

/// Give an owner's carts to another owner, or those of many by a file; with --instance that one
/// alone.
///
/// A cart that the new owner has already is a conflict, unless it is to be replaced or merged. A file
/// is read and judged whole before anything is changed. Giving again is harmless: whoever has nothing
/// left gives nothing.
#[derive(Debug, Args)]
pub(crate) struct Swap {
    /// Who has the carts.
    #[arg(required_unless_present = "owners", conflicts_with = "owners")]
    from: Option<Owner>,

    /// Who gets them.
    #[arg(required_unless_present = "owners", conflicts_with = "owners")]
    to: Option<Owner>,

    /// A CSV file with FROM and TO on each line, such as guest:3f2a,user:42; - is the standard input.
    /// The first line may be from,to.
    #[arg(long, value_name = "FILE.csv")]
    owners: Option<PathBuf>,

    /// Tell what would become of the carts, and change nothing.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    dry_run: bool,

    /// Only this one of the carts.
    #[arg(long, value_name = "INSTANCE", value_parser = instance)]
    instance: Option<Instance>,

    /// Replace the carts that the new owner has.
    #[arg(long, conflicts_with = "merge")]
    replace: bool,

    /// Merge into the carts that the new owner has.
    #[arg(long, value_name = "STRATEGY", value_parser = strategy())]
    merge: Option<BuiltInStrategy>,
}

impl Swap {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let on_existing = match self.merge {
            Some(strategy) => OnExisting::Merge(Arc::new(strategy)),
            None if self.replace => OnExisting::Replace,
            None => OnExisting::Refuse,
        };
        if let Some(file) = self.owners {
            let text = Source::open(Some(&file))?.read()?;
            let bulk = Bulk {
                gifts: owners::read(&text)?,
                instance: self.instance,
                on_existing,
                dry_run: self.dry_run,
            };
            return bulk.run(shop).await;
        }
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err(Failure::Invalid("name two owners, or a file by --owners"));
        };
        let (from, to) = (shop.owner(&from), shop.owner(&to));
        let (carts, failure) = match self.instance {
            None => given(shop.carts.transfer_all(&from, &to, &on_existing).await?),
            Some(instance) => {
                let transfer = shop
                    .carts
                    .transfer(&from, &to, &instance, &on_existing)
                    .await?;
                (vec![Given::new(&instance, transfer)], None)
            }
        };
        if carts.iter().all(|cart| cart.outcome == ABSENT) {
            return Err(Failure::NotFound("there is no cart to give"));
        }
        answer(shop, &Transferred::new(&from, &to, carts), failure)
    }
}

/// Merge all of a guest's carts into a user's, as a login does.
///
/// Each cart is merged once, however often the command runs.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// Whose carts: guest:TOKEN.
    guest: Owner,

    /// Who gets them: user:ID.
    user: Owner,

    /// What becomes of items that both have; without, as the configuration says.
    #[arg(long, value_parser = strategy())]
    strategy: Option<BuiltInStrategy>,
}

impl Merge {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let configured = shop.configuration.migration.merge_strategy;
        let strategy = Arc::new(self.strategy.unwrap_or(configured));
        let (guest, user) = (shop.owner(&self.guest), shop.owner(&self.user));
        let (carts, failure) = given(shop.carts.merge(&guest, &user, strategy).await?);
        answer(shop, &Transferred::new(&guest, &user, carts), failure)
    }
}

/// What became of each cart, and why the first of those that couldn't be given couldn't.
fn given(transfers: Transfers) -> (Vec<Given>, Option<Error>) {
    let done = transfers.done.into_iter().map(Given::of_instance);
    let failed = transfers.failed.iter().map(Given::of_failed);
    let given = done.chain(failed).collect();
    let failure = transfers.failed.into_iter().next();
    (given, failure.map(|failed| failed.error))
}

/// Says what became of the carts, and fails if one couldn't be given.
fn answer(shop: &mut Shop, given: &Transferred, failure: Option<Error>) -> Result<(), Failure> {
    shop.output.answer(given)?;
    failure.map_or(Ok(()), |error| Err(error.into()))
}

/// What became of each cart.
#[derive(Debug, Serialize)]
struct Transferred {
    from: String,
    to: String,
    carts: Vec<Given>,
}

/// What became of one cart.
#[derive(Debug, Serialize)]
struct Given {
    instance: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<MergeReport>,
}

const ABSENT: &str = "absent";

impl Transferred {
    fn new(from: &Owner, to: &Owner, carts: Vec<Given>) -> Self {
        Self {
            from: from.to_string(),
            to: to.to_string(),
            carts,
        }
    }
}

impl Given {
    fn of_instance(merged: MergedInstance) -> Self {
        Self::new(&merged.instance, merged.transfer)
    }

    fn of_failed(failed: &FailedInstance) -> Self {
        Self {
            instance: failed.instance.to_string(),
            outcome: "failed",
            report: None,
        }
    }

    fn new(instance: &Instance, transfer: Transfer) -> Self {
        let (outcome, report) = match transfer {
            Transfer::Absent => (ABSENT, None),
            Transfer::AlreadyMerged => ("already_merged", None),
            Transfer::Merged(report) => ("merged", Some(report)),
            Transfer::Moved => ("moved", None),
            Transfer::Replaced => ("replaced", None),
            Transfer::SameOwner => ("same_owner", None),
            _ => ("transferred", None),
        };
        Self {
            instance: instance.to_string(),
            outcome,
            report,
        }
    }
}

impl fmt::Display for Transferred {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (plain(&self.from), plain(&self.to));
        if self.carts.is_empty() {
            return write!(formatter, "{from} has no carts: nothing to do");
        }
        writeln!(formatter, "{from} -> {to}")?;
        for cart in &self.carts {
            let outcome = cart.outcome.replace('_', " ");
            writeln!(formatter, "{}: {outcome}", plain(&cart.instance))?;
            if let Some(report) = &cart.report {
                write_report(formatter, report)?;
            }
        }
        Ok(())
    }
}

fn write_report(formatter: &mut fmt::Formatter<'_>, report: &MergeReport) -> fmt::Result {
    for (what, ids) in [
        ("merged", &report.merged),
        ("dropped", &report.dropped),
        ("in both", &report.in_both),
    ] {
        if !ids.is_empty() {
            writeln!(formatter, "  {what}: {}", plain(&ids.join(", ")))?;
        }
    }
    for line in &report.clamped {
        writeln!(
            formatter,
            "  clamped: {} to {} of {}",
            plain(&line.item_id),
            line.kept,
            line.wanted
        )?;
    }
    Ok(())
}
