//! The carts of many owners change hands.

use std::fmt;
use std::panic;

use cart_core::{Carts, Error, Instance, OnExisting};
use serde::Serialize;
use tokio::task::JoinSet;

use super::group::{Done, Group, Outcome};
use super::owners::Gift;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;
use crate::view::plain;

/// How many owners get carts at once: a store that groups writes takes them together.
const AT_ONCE: usize = 64;
/// How many of the carts that stay are listed.
const LISTED: usize = 100;

/// What is given, and how.
#[derive(Debug)]
pub(super) struct Bulk {
    pub(super) gifts: Vec<Gift>,
    /// Only this one of the carts.
    pub(super) instance: Option<Instance>,
    pub(super) on_existing: OnExisting,
    pub(super) dry_run: bool,
}

/// What became of the carts, or would.
#[derive(Debug, Default, Serialize)]
struct Report {
    dry_run: bool,
    lines: u64,
    moved: u64,
    merged: u64,
    replaced: u64,
    /// Lines whose owner has nothing to give: they never had, or gave it before.
    without_carts: u64,
    /// Carts that stay, for the new owner has such a cart.
    in_the_way: u64,
    /// Carts that stay for another reason.
    failed: u64,
    milliseconds: u128,
    /// The first of the carts that stay.
    stayed: Vec<Stayed>,
}

/// A cart that stays where it is.
#[derive(Debug, Serialize)]
struct Stayed {
    line: u64,
    from: String,
    to: String,
    instance: String,
    /// Why.
    kind: &'static str,
}

impl Bulk {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let mut report = Report {
            dry_run: self.dry_run,
            lines: self.gifts.len() as u64,
            ..Report::default()
        };
        let mut progress = Progress::new(Some(report.lines));
        let ended = self.give(shop, &mut report, &mut progress).await;
        report.milliseconds = progress.elapsed().as_millis();
        report.stayed.sort_by_key(|stayed| stayed.line);
        drop(progress);
        shop.output.answer(&report)?;
        if let Some(error) = ended? {
            return Err(error.into());
        }
        if report.in_the_way > 0 {
            return Err(Failure::InTheWay("new owners have such carts already"));
        }
        Ok(())
    }

    /// Gives the carts, unless the store itself fails. Tells why the first of them stays, if that is
    /// for another reason than a cart in the way.
    async fn give(
        self,
        shop: &Shop,
        report: &mut Report,
        progress: &mut Progress,
    ) -> Result<Option<Error>, Failure> {
        let mut first = None;
        let mut lines = 0;
        let mut groups = Group::of_receivers(self.gifts, shop).into_iter();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(group) = groups.next()
            {
                let carts: Carts = shop.carts.clone();
                let (instance, on_existing) = (self.instance.clone(), self.on_existing.clone());
                running.spawn(async move {
                    if self.dry_run {
                        group.foresee(&carts, instance.as_ref(), &on_existing).await
                    } else {
                        group.give(&carts, instance.as_ref(), &on_existing).await
                    }
                });
            }
            let group = match running.join_next().await {
                None => return Ok(first),
                Some(Ok(group)) => group?,
                Some(Err(error)) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                Some(Err(_)) => continue,
            };
            for done in group {
                lines += 1;
                progress.advance(done.outcomes.len() as u64, lines);
                let failed = report.note(done);
                first = first.or(failed);
            }
        }
    }
}

impl Report {
    /// Counts what became of the carts of a line. Tells why the first that failed did.
    fn note(&mut self, done: Done) -> Option<Error> {
        let mut first = None;
        let mut has_given = false;
        for (instance, outcome) in done.outcomes {
            has_given |= !matches!(outcome, Outcome::Nothing);
            let count = match &outcome {
                Outcome::Nothing => continue,
                Outcome::Moved => &mut self.moved,
                Outcome::Merged => &mut self.merged,
                Outcome::Replaced => &mut self.replaced,
                Outcome::InTheWay => &mut self.in_the_way,
                Outcome::Failed(_) => &mut self.failed,
            };
            *count += 1;
            let kind = match outcome {
                Outcome::InTheWay => "in_the_way",
                Outcome::Failed(error) => {
                    let kind = error.kind().as_str();
                    first = first.or(Some(error));
                    kind
                }
                _ => continue,
            };
            if self.stayed.len() < LISTED {
                self.stayed.push(Stayed {
                    line: done.gift.line,
                    from: done.gift.from.to_string(),
                    to: done.gift.to.to_string(),
                    instance: instance.to_string(),
                    kind,
                });
            }
        }
        self.without_carts += u64::from(!has_given);
        first
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.dry_run { "would move" } else { "moved" };
        write!(
            formatter,
            "{verb} {} carts for {} lines in {}.{:03} s",
            self.moved,
            self.lines,
            self.milliseconds / 1_000,
            self.milliseconds % 1_000,
        )?;
        for (count, what) in [
            (self.merged, "merged"),
            (self.replaced, "replaced"),
            (self.in_the_way, "stay, for another is in the way"),
            (self.failed, "stay for another reason"),
        ] {
            if count > 0 {
                write!(formatter, ", {count} {what}")?;
            }
        }
        if self.without_carts > 0 {
            write!(formatter, "; {} lines without a cart", self.without_carts)?;
        }
        for stayed in &self.stayed {
            let [from, to, instance] =
                [&stayed.from, &stayed.to, &stayed.instance].map(|text| plain(text));
            let kind = stayed.kind.replace('_', " ");
            write!(
                formatter,
                "\nline {}: {from} -> {to} / {instance}: {kind}",
                stayed.line
            )?;
        }
        Ok(())
    }
}
