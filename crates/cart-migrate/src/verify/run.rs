//! A verification under way.

use std::sync::Arc;

use cart_core::{CartStore, Detail, Randomness, Result, ScanEntry};
use futures_util::future::join;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::check::{Candidate, Checker};
use super::digests::Digests;
use super::sample::Sample;
use super::{Difference, DifferenceKind, SampleReport, VerifyPlan, VerifyReport};
use crate::reading::{Page, Place, Reader};

/// A verification under way, made by [`VerifyPlan::begin`]: batch by batch, with the memory of one
/// batch, and of the sample.
#[derive(Debug)]
pub struct VerifyRun {
    source: Reader,
    target: Reader,
    checker: Checker,
    randomness: Arc<dyn Randomness>,
    method: Method,
    next: Next,
    report: VerifyReport,
}

/// What a verification does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyStep {
    /// It looks at single carts that may differ.
    Comparing,
    /// It reads both stores.
    Reading,
}

/// What one batch has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyBatch {
    /// What was done.
    pub step: VerifyStep,
    /// How many records were read.
    pub read: u64,
    /// The differences, which reading alone never shows.
    pub differences: Vec<Difference>,
}

/// How candidates for a difference are found.
enum Method {
    /// By digests of everything.
    All(Digests),
    /// By chance: of the source, and of the target.
    Sample(Sample, Sample),
}

/// What comes next.
#[derive(Clone, Debug)]
enum Next {
    /// Both stores are read from here on.
    Read(Option<Place>, Option<Place>),
    /// The candidates of one of the stores are looked at from here on.
    Compare(Whose, At),
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Source,
    Target,
}

#[derive(Clone, Debug)]
enum At {
    Place(Place),
    /// The number of the key in the sample.
    Key(usize),
}

/// How many carts are looked at at the same time.
const AT_ONCE: usize = 32;

impl std::fmt::Debug for Method {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::All(_) => "All",
            Self::Sample(..) => "Sample",
        })
    }
}

impl VerifyRun {
    pub(super) fn new(
        plan: VerifyPlan,
        source: Arc<dyn CartStore>,
        target: Arc<dyn CartStore>,
    ) -> Self {
        let (method, detail) = match plan.sample {
            None => (
                Method::All(Digests::new(&*plan.randomness)),
                Detail::Records,
            ),
            Some(size) => {
                let samples = Method::Sample(Sample::new(size), Sample::new(size));
                (samples, Detail::Headers)
            }
        };
        let reader = |store: &Arc<dyn CartStore>| Reader {
            store: Arc::clone(store),
            selection: plan.selection.clone(),
            as_of: plan.clock.now(),
            detail,
            batch_size: plan.batch_size,
        };
        Self {
            source: reader(&source),
            target: reader(&target),
            checker: Checker {
                source,
                target,
                repair: plan.repair,
            },
            randomness: plan.randomness,
            method,
            next: Next::Read(Some(Place::START), Some(Place::START)),
            report: VerifyReport::default(),
        }
    }

    /// What was found so far.
    pub fn report(&self) -> VerifyReport {
        let mut report = self.report;
        if let Method::Sample(sample, _) = &self.method {
            let differing = report.differences() - report.extra;
            report.sample = Some(SampleReport {
                records: sample.keys.len() as u64,
                differing,
                at_most_per_million: sample.at_most_per_million(differing),
            });
        }
        report
    }

    /// Reads or compares the next records; `None` when there are no more. A batch may be empty
    /// without being the last.
    ///
    /// # Errors
    ///
    /// What the stores answer: [`ErrorKind::Corrupt`](cart_core::ErrorKind::Corrupt) when one can't
    /// list past a damaged record. The batch can then be asked for again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, some differences of the batch may be repaired without having been
    /// told; the next call does the batch again.
    pub async fn next_batch(&mut self) -> Result<Option<VerifyBatch>> {
        match self.next.clone() {
            Next::Read(source, target) => self.read(source, target).await.map(Some),
            Next::Compare(whose, at) => self.compare(whose, at).await.map(Some),
            Next::Nothing => Ok(None),
        }
    }

    async fn read(&mut self, source: Option<Place>, target: Option<Place>) -> Result<VerifyBatch> {
        let (source, target) = join(
            page(&self.source, source.as_ref()),
            page(&self.target, target.as_ref()),
        )
        .await;
        let (source, target) = (source?, target?);
        // Nothing waits from here on: what is read is noted whole, or not at all.
        let read = (source.entries.len() + target.entries.len()) as u64;
        self.report.source += source.entries.len() as u64;
        self.report.target += target.entries.len() as u64;
        self.report.moving += source.moving;
        self.note(&source.entries, &target.entries);
        self.next = match (source.next, target.next) {
            (None, None) => self.first_candidates(),
            (source, target) => Next::Read(source, target),
        };
        Ok(VerifyBatch {
            step: VerifyStep::Reading,
            read,
            differences: Vec::new(),
        })
    }

    fn note(&mut self, source: &[ScanEntry], target: &[ScanEntry]) {
        match &mut self.method {
            Method::All(digests) => {
                for entry in source {
                    digests.add(entry);
                }
                for entry in target {
                    digests.take(entry);
                }
            }
            Method::Sample(of_source, of_target) => {
                let randomness = &*self.randomness;
                for entry in source {
                    of_source.offer(&entry.key, randomness);
                }
                for entry in target {
                    of_target.offer(&entry.key, randomness);
                }
            }
        }
    }

    fn first_candidates(&self) -> Next {
        match &self.method {
            Method::All(digests) if digests.agree() => Next::Nothing,
            Method::All(_) | Method::Sample(..) => Next::Compare(Whose::Source, self.start()),
        }
    }

    fn start(&self) -> At {
        match self.method {
            Method::All(_) => At::Place(Place::START),
            Method::Sample(..) => At::Key(0),
        }
    }

    async fn compare(&mut self, whose: Whose, at: At) -> Result<VerifyBatch> {
        let (read, candidates, next) = self.candidates(whose, at).await?;
        let differences: Vec<Option<Difference>> = stream::iter(&candidates)
            .map(|candidate| self.checker.check(candidate))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        // What both have was looked at as the source's.
        let is_news = |difference: &Difference| {
            whose == Whose::Source || difference.kind == DifferenceKind::Extra
        };
        let differences: Vec<Difference> =
            differences.into_iter().flatten().filter(is_news).collect();
        for difference in &differences {
            self.report += difference;
        }
        self.report.compared += candidates.len() as u64;
        self.next = match (next, whose) {
            (Some(next), whose) => Next::Compare(whose, next),
            (None, Whose::Source) => Next::Compare(Whose::Target, self.start()),
            (None, Whose::Target) => Next::Nothing,
        };
        Ok(VerifyBatch {
            step: VerifyStep::Comparing,
            read,
            differences,
        })
    }

    /// Some carts that may differ, how many records were read to find them, and where the others
    /// are.
    async fn candidates(&self, whose: Whose, at: At) -> Result<(u64, Vec<Candidate>, Option<At>)> {
        let (reader, is_source) = match whose {
            Whose::Source => (&self.source, true),
            Whose::Target => (&self.target, false),
        };
        match (&self.method, at) {
            (Method::All(digests), At::Place(place)) => {
                let page = reader.page(&place).await?;
                let read = page.entries.len() as u64;
                let differing = page.entries.into_iter();
                let differing = differing.filter(|entry| !digests.agree_about(&entry.key));
                let candidates = differing.map(|ScanEntry { key, record }| Candidate {
                    key,
                    record: Some(record),
                });
                Ok((read, candidates.collect(), page.next.map(At::Place)))
            }
            (Method::Sample(of_source, of_target), At::Key(first)) => {
                let sample = if is_source { of_source } else { of_target };
                let end = sample.keys.len().min(first + reader.batch_size);
                let keys = sample.keys.get(first..end).unwrap_or_default();
                let candidates = keys.iter().map(|key| Candidate {
                    key: key.clone(),
                    record: None,
                });
                let next = (end < sample.keys.len()).then_some(At::Key(end));
                Ok((0, candidates.collect(), next))
            }
            // A place belongs to one method.
            (Method::All(_), At::Key(_)) | (Method::Sample(..), At::Place(_)) => {
                Ok((0, Vec::new(), None))
            }
        }
    }
}

async fn page(reader: &Reader, place: Option<&Place>) -> Result<Page> {
    match place {
        Some(place) => reader.page(place).await,
        None => Ok(Page::default()),
    }
}
