//! Metrics around trace around retry around timeout.

use std::sync::Arc;

use cart_core::{CartStore, Clock, ErrorKind};
use cart_layers::{Layers, RetryPolicy, Timeout};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::support::{BUSY, Fault, FaultyStore, SteppingClock, create};
use crate::trace::Lines;

fn layered(store: &FaultyStore) -> impl CartStore + use<> {
    let clock = Arc::new(SteppingClock::default());
    Layers::new(store.clone())
        .timeout(Timeout::default().with_clock(Arc::clone(&clock) as Arc<dyn Clock>))
        .retry(RetryPolicy::default().with_clock(clock))
        .trace()
        .metrics()
        .into_store()
}

#[tokio::test]
async fn each_try_has_a_timeout_of_its_own() {
    let store = FaultyStore::new([Fault::Hang, Fault::Hang], Fault::None);
    layered(&store).ping().await.unwrap();
    assert_eq!(store.calls(), 3);
}

#[tokio::test]
async fn no_timeout_hides_the_last_error_of_the_retries() {
    let store = FaultyStore::new([], BUSY);
    let error = layered(&store).save(&create("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(store.calls() > 3);
}

#[tokio::test]
async fn retries_are_events_within_the_one_span_of_their_call() {
    let (lines, _installed) = Lines::as_json();
    let store = FaultyStore::new([BUSY, BUSY], Fault::None);
    layered(&store).ping().await.unwrap();
    let lines = lines.json();
    let [first, second, close] = &lines[..] else {
        panic!("{lines:?}");
    };
    for retry in [first, second] {
        assert_eq!(retry["fields"]["message"], "trying again");
        assert_eq!(retry["span"]["name"], "cart.store");
    }
    assert_eq!(close["fields"]["message"], "close");
    assert_eq!(close["span"]["cart.outcome"], "ok");
}

#[tokio::test]
async fn application_sees_one_call_and_its_retries_are_counted_beside_it() {
    let recorder = DebuggingRecorder::new();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let store = FaultyStore::new([Fault::Hang, BUSY], Fault::None);
    layered(&store).ping().await.unwrap();
    let mut counted: Vec<(String, u64)> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .filter_map(|(composite, _, _, value)| match value {
            DebugValue::Counter(count) => Some((composite.key().name().to_owned(), count)),
            _ => None,
        })
        .collect();
    counted.sort();
    assert_eq!(
        counted,
        [
            ("cart_store_calls_total".to_owned(), 1),
            ("cart_store_retries_total".to_owned(), 2),
            ("cart_store_timeouts_total".to_owned(), 1),
        ]
    );
}
