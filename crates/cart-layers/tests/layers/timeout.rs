//! What becomes of calls that take too long.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartStore, Clock, Error, ErrorKind, LoadRequest, Operation, Result, RetryClass, ScanRequest,
};
use cart_layers::{Layered, Timeout};

use crate::support::{
    Fault, FaultyStore, OWNER, SteppingClock, call_everything, create, key, rename,
};

fn bounded(store: &FaultyStore) -> (Layered<FaultyStore, Timeout>, Arc<SteppingClock>) {
    let clock = Arc::new(SteppingClock::default());
    let timeout = Timeout::default().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    (Layered::new(store.clone(), timeout), clock)
}

fn assert_timed_out<T>(
    answer: Result<T>,
    operation: Operation,
    class: RetryClass,
    clock: &SteppingClock,
    bound: Duration,
) {
    let error = answer.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation:?}");
    assert_eq!(error.retry_class(), class, "{operation:?}");
    assert_eq!(error.operation(), Some(operation));
    let waited = clock.now().as_millis();
    assert_eq!(u128::try_from(waited).unwrap(), bound.as_millis());
    assert!(
        error.to_string().contains(&format!("{waited} ms")),
        "{error}"
    );
}

#[tokio::test]
async fn calls_that_answer_in_time_pass() {
    let (store, _) = bounded(&FaultyStore::new([], Fault::None));
    call_everything(&store).await;
}

#[tokio::test]
async fn slow_reads_were_not_applied() {
    let class = RetryClass::NotApplied;
    let store = FaultyStore::new([], Fault::Hang);
    let Timeout {
        read, bulk, lock, ..
    } = Timeout::default();

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.load(&LoadRequest::new(key(OWNER))).await;
    assert_timed_out(answer, Operation::Load, class, &clock, read);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.instances(key(OWNER).owner()).await;
    assert_timed_out(answer, Operation::Instances, class, &clock, read);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.ping().await;
    assert_timed_out(answer, Operation::Ping, class, &clock, read);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.scan(&ScanRequest::new(10)).await;
    assert_timed_out(answer, Operation::Scan, class, &clock, bulk);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.lock(&key(OWNER)).await;
    assert_timed_out(answer, Operation::Lock, class, &clock, lock);
}

#[tokio::test]
async fn slow_writes_may_have_been_applied() {
    let class = RetryClass::OutcomeUnknown;
    let store = FaultyStore::new([], Fault::Hang);
    let Timeout { write, bulk, .. } = Timeout::default();

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.save(&create(OWNER)).await;
    assert_timed_out(answer, Operation::Save, class, &clock, write);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.rename(&rename(OWNER, "b")).await;
    assert_timed_out(answer, Operation::Rename, class, &clock, write);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.save_many(&[create(OWNER)]).await;
    assert_timed_out(answer, Operation::SaveMany, class, &clock, bulk);

    let (bounded_store, clock) = bounded(&store);
    let answer = bounded_store.sweep(10).await;
    assert_timed_out(answer, Operation::Sweep, class, &clock, bulk);
}

#[tokio::test]
async fn slow_save_under_a_lock_may_have_been_applied() {
    let (store, clock) = bounded(&FaultyStore::new([Fault::None], Fault::Hang));
    let lock = store.lock(&key(OWNER)).await.unwrap();
    let answer = lock.save(&create(OWNER)).await;
    let class = RetryClass::OutcomeUnknown;
    assert_timed_out(
        answer,
        Operation::Save,
        class,
        &clock,
        Timeout::default().write,
    );
}

#[tokio::test]
async fn opening_a_store_is_bounded_too() {
    let clock = Arc::new(SteppingClock::default());
    let timeout = Timeout::default().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let never = pending::<Result<(), Error>>();
    let answer = timeout.open(never).await;
    let class = RetryClass::NotApplied;
    assert_timed_out(answer, Operation::Open, class, &clock, timeout.open);
}
