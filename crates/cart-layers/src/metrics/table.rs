//! What is measured: the one place for names, units and meanings.

use std::fmt;

use metrics::{Unit, describe_counter, describe_histogram};

/// One metric.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The name that the recorder gets.
    pub name: &'static str,
    /// What kind of metric it is.
    pub kind: MetricKind,
    /// The labels.
    pub labels: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
    // No public field: the type belongs to another crate.
    unit: Unit,
}

impl Metric {
    /// The unit that the numbers are in.
    pub fn unit(&self) -> &'static str {
        self.unit.as_str()
    }
}

/// The kinds of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only grows.
    Counter,
    /// A distribution.
    Histogram,
}

impl fmt::Display for MetricKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        })
    }
}

/// Every metric of this crate.
pub const METRICS: &[Metric] = &[
    CALLS,
    CALL_DURATION,
    BATCH_ENTRIES,
    CONFLICTS,
    ERRORS,
    EXPIRED,
    MISSES,
    RETRIES,
    TIMEOUTS,
];

pub(super) const CALLS: Metric = Metric {
    name: "cart_store_calls_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation", "outcome"],
    meaning: "Calls, each once however often it was tried. The outcome is `ok`, `missing`, \
              `tombstone`, `partial` (some entries of a batch failed), `dropped`, or a kind of error.",
};

pub(super) const CALL_DURATION: Metric = Metric {
    name: "cart_store_call_duration_seconds",
    kind: MetricKind::Histogram,
    unit: Unit::Seconds,
    labels: &["store", "operation"],
    meaning: "How long a call took, retries included.",
};

pub(super) const BATCH_ENTRIES: Metric = Metric {
    name: "cart_store_batch_entries",
    kind: MetricKind::Histogram,
    unit: Unit::Count,
    labels: &["store"],
    meaning: "How many records a `save_many` held.",
};

pub(super) const CONFLICTS: Metric = Metric {
    name: "cart_store_conflicts_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation"],
    meaning: "Writes that met another version than they expected; in a batch, each entry.",
};

pub(super) const ERRORS: Metric = Metric {
    name: "cart_store_errors_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation", "kind", "retry_class"],
    meaning: "Errors other than conflicts; in a batch, each entry. With the retry class \
              `outcome_unknown`, a write that may have been applied.",
};

pub(super) const EXPIRED: Metric = Metric {
    name: "cart_store_expired_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "noticed"],
    meaning: "Expired records: removed by a `sweep` (old tombstones are among them), or noticed by \
              a `save` whose cart had expired, or was evicted, since it was loaded.",
};

pub(super) const MISSES: Metric = Metric {
    name: "cart_store_misses_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation", "found"],
    meaning: "Loads that found no cart: `nothing`, which includes what has expired, or the \
              `tombstone` of a deleted one.",
};

pub(super) const RETRIES: Metric = Metric {
    name: "cart_store_retries_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation"],
    meaning: "Tries after the first, counted by the retry layer.",
};

pub(super) const TIMEOUTS: Metric = Metric {
    name: "cart_store_timeouts_total",
    kind: MetricKind::Counter,
    unit: Unit::Count,
    labels: &["store", "operation"],
    meaning: "Tries that were ended for taking too long, counted by the timeout layer.",
};

pub(super) fn describe() {
    for metric in METRICS {
        match metric.kind {
            MetricKind::Counter => describe_counter!(metric.name, metric.unit, metric.meaning),
            MetricKind::Histogram => describe_histogram!(metric.name, metric.unit, metric.meaning),
        }
    }
}
