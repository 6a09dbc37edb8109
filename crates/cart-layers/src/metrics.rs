//! Counters and histograms.

mod table;

use std::sync::Arc;
use std::time::Instant;

use cart_core::{Conflict, Error, ErrorKind, Expect, Operation, Result, Stored};
use metrics::{SharedString, counter, histogram};

use crate::call::{Answer, Call, Content, outcome};
use crate::layered::{Layer, Reply};

use self::table::{
    BATCH_ENTRIES, CALL_DURATION, CALLS, CONFLICTS, ERRORS, EXPIRED, MISSES, RETRIES, TIMEOUTS,
};
pub use self::table::{METRICS, Metric, MetricKind};

/// Counts and times each call through the `metrics` crate; [`METRICS`] says what there is.
///
/// A call that was dropped before its answer is counted with the outcome `dropped`. No label holds
/// an identifier, and each has few values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metrics;

impl Metrics {
    /// Tells the installed recorder what each metric is, and gives the layer.
    pub fn new() -> Self {
        table::describe();
        Self
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Layer for Metrics {
    async fn around<T: Answer>(&self, call: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
        let mut measured = Measured {
            call,
            // A duration must not follow corrections of the clock, and a store in memory answers
            // within microseconds, which no `Clock` can tell.
            began: Instant::now(),
            outcome: "dropped",
        };
        let answer = reply.await;
        measured.outcome = outcome(&answer);
        drop(measured);
        if let Ok(answer) = &answer {
            count_content(call, answer.content());
        }
        for (_, error) in call.errors(&answer) {
            count_error(call, error);
        }
        answer
    }
}

/// A call under way. It is counted when it ends, which for a dropped future is its drop.
struct Measured<'a> {
    call: Call<'a>,
    began: Instant,
    outcome: &'static str,
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        let [store, operation] = labels(self.call.store, self.call.operation);
        let outcome = ("outcome", self.outcome.into());
        counter!(CALLS.name, &[store.clone(), operation.clone(), outcome]).increment(1);
        histogram!(CALL_DURATION.name, &[store.clone(), operation.clone()])
            .record(self.began.elapsed());
        if let Some(entries) = self.call.batch_size() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "no batch comes near 2^52 entries"
            )]
            histogram!(BATCH_ENTRIES.name, &[store]).record(entries as f64);
        }
    }
}

type Label = (&'static str, SharedString);

fn labels(store: &Arc<str>, operation: Operation) -> [Label; 2] {
    [
        ("store", Arc::clone(store).into()),
        ("operation", operation.as_str().into()),
    ]
}

fn count_content(call: Call<'_>, content: Content<'_>) {
    let [store, operation] = labels(call.store, call.operation);
    let found = match content {
        Content::Stored(Stored::Missing) => "nothing",
        Content::Stored(Stored::Tombstone(_)) => "tombstone",
        Content::Count(swept) if call.operation == Operation::Sweep => {
            counter!(EXPIRED.name, &[store, ("noticed", "sweep".into())]).increment(swept as u64);
            return;
        }
        _ => return,
    };
    counter!(MISSES.name, &[store, operation, ("found", found.into())]).increment(1);
}

fn count_error(call: Call<'_>, error: &Error) {
    let [store, operation] = labels(call.store, call.operation);
    if error.kind() != ErrorKind::Conflict {
        let kind = ("kind", error.kind().as_str().into());
        let class = ("retry_class", error.retry_class().as_str().into());
        counter!(ERRORS.name, &[store, operation, kind, class]).increment(1);
        return;
    }
    if error.conflict().is_some_and(lost_its_cart) {
        counter!(EXPIRED.name, &[store.clone(), ("noticed", "save".into())]).increment(1);
    }
    counter!(CONFLICTS.name, &[store, operation]).increment(1);
}

/// Whether the writer had seen a cart of which not even a tombstone is left.
fn lost_its_cart(conflict: &Conflict) -> bool {
    matches!(conflict.expected(), Expect::Version(_)) && conflict.actual().is_none()
}

/// Counts a try that [`Retry`](crate::Retry) makes after the first.
pub(crate) fn count_retry(store: &Arc<str>, operation: Operation) {
    counter!(RETRIES.name, &labels(store, operation)).increment(1);
}

/// Counts a call that [`Timeout`](crate::Timeout) ended.
pub(crate) fn count_timeout(store: &Arc<str>, operation: Operation) {
    counter!(TIMEOUTS.name, &labels(store, operation)).increment(1);
}
