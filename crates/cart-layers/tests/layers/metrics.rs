//! What is counted, and that no label tells who somebody is.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use cart_core::{
    CartStore, Clock, ErrorKind, Expect, LoadRequest, MemoryCartStore, RetryClass, SaveRequest,
    Timestamp,
};
use cart_layers::{Layered, Layers, METRICS, MetricKind, Metrics, RetryPolicy, Timeout};
use cart_testkit::ManualClock;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::support::{
    BUSY, Fault, FaultyStore, OWNER, SteppingClock, call_everything, create, key, record, update,
};

/// Numbers by `name{label=value,…}`: of a histogram, how many samples it has.
type Numbers = BTreeMap<String, u64>;

/// What a test records, on its own thread.
struct Recording {
    recorder: DebuggingRecorder,
}

impl Recording {
    fn new() -> Self {
        Self {
            recorder: DebuggingRecorder::new(),
        }
    }

    fn numbers(&self) -> Numbers {
        let snapshot = self.recorder.snapshotter().snapshot();
        let number = |value: DebugValue| match value {
            DebugValue::Counter(count) => count,
            DebugValue::Gauge(_) => panic!("there are no gauges"),
            DebugValue::Histogram(samples) => samples.len() as u64,
        };
        snapshot
            .into_vec()
            .into_iter()
            .map(|(composite, _, _, value)| {
                let key = composite.key();
                let labels: Vec<String> = key
                    .labels()
                    .map(|label| format!("{}={}", label.key(), label.value()))
                    .collect();
                (
                    format!("{}{{{}}}", key.name(), labels.join(",")),
                    number(value),
                )
            })
            .collect()
    }
}

fn measured<S: CartStore>(store: S) -> Layered<S, Metrics> {
    Layers::new(store).metrics().into_store()
}

fn sum(numbers: &Numbers, name: &str) -> u64 {
    let of_name = |(key, _): &(&String, &u64)| key.split('{').next() == Some(name);
    numbers
        .iter()
        .filter(of_name)
        .map(|(_, number)| number)
        .sum()
}

#[tokio::test]
async fn every_operation_is_counted_once_with_its_outcome() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    call_everything(&measured(MemoryCartStore::new())).await;
    let numbers = recording.numbers();
    for (operation, outcome, count) in [
        ("instances", "ok", 1),
        ("load", "ok", 1),
        ("lock", "missing", 1),
        ("ping", "ok", 1),
        ("rename", "ok", 1),
        ("save", "ok", 2),
        ("save_many", "ok", 1),
        ("scan", "ok", 1),
        ("sweep", "ok", 1),
    ] {
        let labels = format!("store=memory,operation={operation}");
        let calls = format!("cart_store_calls_total{{{labels},outcome={outcome}}}");
        assert_eq!(numbers[&calls], count, "{operation}");
        let durations = format!("cart_store_call_duration_seconds{{{labels}}}");
        assert_eq!(numbers[&durations], count, "{operation}");
    }
    assert_eq!(sum(&numbers, "cart_store_calls_total"), 10);
    assert_eq!(numbers["cart_store_batch_entries{store=memory}"], 1);
}

#[tokio::test]
async fn conflicts_are_counted_apart_from_other_errors() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    let store = measured(MemoryCartStore::new());
    store.save(&create("a")).await.unwrap();
    store.save(&update("a", 2)).await.unwrap();
    let stale = store.save(&update("a", 3)).await;
    stale.unwrap();
    for _ in 0..2 {
        let error = store.save(&create("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    // In a batch, the failed entry counts, not the batch.
    let answers = store.save_many(&[create("a"), create("b")]).await.unwrap();
    assert!(answers[0].is_err() && answers[1].is_ok());
    let numbers = recording.numbers();
    let save = "store=memory,operation=save";
    assert_eq!(numbers[&format!("cart_store_conflicts_total{{{save}}}")], 2);
    let batch = "store=memory,operation=save_many";
    assert_eq!(
        numbers[&format!("cart_store_conflicts_total{{{batch}}}")],
        1
    );
    let calls = format!("cart_store_calls_total{{{batch},outcome=partial}}");
    assert_eq!(numbers[&calls], 1);
    assert_eq!(sum(&numbers, "cart_store_errors_total"), 0);
    assert_eq!(sum(&numbers, "cart_store_expired_total"), 0);
}

#[tokio::test]
async fn writes_that_may_have_been_applied_and_retries_are_counted() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    let policy = RetryPolicy::default().with_clock(Arc::new(SteppingClock::default()));
    let faulty = FaultyStore::new([BUSY, BUSY, Fault::LoseReply], Fault::None);
    let store = Layers::new(faulty).retry(policy).metrics().into_store();
    let over_anything = SaveRequest {
        expect: Expect::Any,
        ..create("a")
    };
    let error = store.save(&over_anything).await.unwrap_err();
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
    let numbers = recording.numbers();
    let save = "store=memory,operation=save";
    assert_eq!(numbers[&format!("cart_store_retries_total{{{save}}}")], 2);
    let unknown =
        format!("cart_store_errors_total{{{save},kind=unavailable,retry_class=outcome_unknown}}");
    assert_eq!(numbers[&unknown], 1);
    assert_eq!(sum(&numbers, "cart_store_calls_total"), 1);
}

#[tokio::test]
async fn misses_and_expiries_are_counted_by_what_was_found() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    let clock = Arc::new(ManualClock::new());
    let store = measured(MemoryCartStore::new().with_clock(Arc::clone(&clock) as Arc<dyn Clock>));
    let load = LoadRequest::new(key("a"));
    store.load(&load).await.unwrap();

    let mut deletion = update("a", 2);
    deletion.record = record(1).tombstone(record(2).header.version, Timestamp::MAX, None);
    store.save(&create("a")).await.unwrap();
    store.save(&deletion).await.unwrap();
    store.load(&load).await.unwrap();

    let mut short_lived = create("b");
    short_lived.record.header.expires_at = Some(clock.now().saturating_add(Duration::from_secs(1)));
    store.save(&short_lived).await.unwrap();
    clock.advance(Duration::from_secs(1));
    let error = store.save(&update("b", 2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(store.sweep(10).await.unwrap(), 1);

    let numbers = recording.numbers();
    let load = "store=memory,operation=load";
    assert_eq!(
        numbers[&format!("cart_store_misses_total{{{load},found=nothing}}")],
        1
    );
    assert_eq!(
        numbers[&format!("cart_store_misses_total{{{load},found=tombstone}}")],
        1
    );
    assert_eq!(
        numbers["cart_store_expired_total{store=memory,noticed=save}"],
        1
    );
    assert_eq!(
        numbers["cart_store_expired_total{store=memory,noticed=sweep}"],
        1
    );
}

#[test]
fn dropped_call_is_counted_as_dropped() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    let store = measured(FaultyStore::new([], Fault::Hang));
    {
        let mut ping = pin!(store.ping());
        let poll = ping.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    }
    let dropped = "cart_store_calls_total{store=memory,operation=ping,outcome=dropped}";
    assert_eq!(recording.numbers()[dropped], 1);
}

#[tokio::test]
async fn durations_are_as_many_as_the_calls_of_a_long_run() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    let store = measured(MemoryCartStore::new());
    store.save(&create("a")).await.unwrap();
    for sequence in 2..=500 {
        store.save(&update("a", sequence)).await.unwrap();
        store.load(&LoadRequest::new(key("a"))).await.unwrap();
    }
    store.ping().await.unwrap();
    let numbers = recording.numbers();
    assert_eq!(sum(&numbers, "cart_store_calls_total"), 1_000);
    assert_eq!(sum(&numbers, "cart_store_call_duration_seconds"), 1_000);
}

/// Makes every metric appear, all about one owner.
async fn record_everything() {
    let clock = Arc::new(SteppingClock::default());
    let script = [Fault::Hang, BUSY];
    let store = Layers::new(FaultyStore::new(script, Fault::None))
        .timeout(Timeout::default().with_clock(Arc::clone(&clock) as Arc<dyn Clock>))
        .retry(RetryPolicy::default().with_clock(clock))
        .metrics()
        .into_store();
    call_everything(&store).await;
    store.load(&LoadRequest::new(key(OWNER))).await.unwrap();
    store
        .save(&update("canary-without-cart", 2))
        .await
        .unwrap_err();
    let denied = Fault::Refuse(ErrorKind::Denied, RetryClass::Permanent);
    let failing = measured(FaultyStore::new([], denied));
    failing.save(&create(OWNER)).await.unwrap_err();
}

#[tokio::test]
async fn no_label_tells_who_an_owner_is_or_what_a_cart_holds() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    record_everything().await;
    let numbers = recording.numbers();
    let fingerprint = key(OWNER).owner().fingerprint().to_string();
    for name in numbers.keys() {
        assert!(
            !name.contains("canary") && !name.contains(&fingerprint),
            "{name}"
        );
    }
}

#[tokio::test]
async fn table_holds_every_metric_with_its_kind_and_labels() {
    let recording = Recording::new();
    let _installed = metrics::set_default_local_recorder(&recording.recorder);
    record_everything().await;
    let mut recorded = BTreeMap::new();
    for (composite, unit, description, value) in
        recording.recorder.snapshotter().snapshot().into_vec()
    {
        let key = composite.key();
        let kind = match value {
            DebugValue::Histogram(_) => MetricKind::Histogram,
            _ => MetricKind::Counter,
        };
        let labels: Vec<String> = key.labels().map(|label| label.key().to_owned()).collect();
        let description = description.unwrap_or_default();
        recorded.insert(
            key.name().to_owned(),
            (kind, unit, labels, description.into_owned()),
        );
    }
    for metric in METRICS {
        let (kind, unit, labels, description) = recorded.remove(metric.name).unwrap();
        assert_eq!(kind, metric.kind, "{}", metric.name);
        assert_eq!(unit.unwrap().as_str(), metric.unit(), "{}", metric.name);
        assert_eq!(labels, metric.labels, "{}", metric.name);
        assert_eq!(description, metric.meaning, "{}", metric.name);
    }
    assert!(recorded.is_empty(), "not in the table: {recorded:?}");
}
