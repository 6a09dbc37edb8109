//! What is tried again, and for how long.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartStore, Clock, ErrorKind, Expect, LoadRequest, RetryClass, SaveRequest, Stored,
};
use cart_layers::{Retry, RetryPolicy};
use cart_testkit::SeededRandomness;

use crate::support::{
    BUSY, Fault, FaultyStore, SteppingClock, call_everything, create, key, record, rename, update,
};

fn retrying(store: &FaultyStore, clock: &Arc<SteppingClock>) -> Retry<FaultyStore> {
    let clock = Arc::clone(clock);
    let policy = RetryPolicy::default()
        .with_clock(clock)
        .with_randomness(Arc::new(SeededRandomness::new(7)));
    Retry::new(store.clone(), policy)
}

#[tokio::test]
async fn every_operation_that_was_not_applied_is_made_again() {
    let once = [BUSY, Fault::None];
    // The batch is refused, then its entry; the save under the lock works at once.
    let batch = [BUSY, Fault::None, BUSY, Fault::None, Fault::None];
    let script = [&once.repeat(3)[..], &batch, &once.repeat(5)].concat();
    let calls = script.len() + 1;
    let store = FaultyStore::new(script, Fault::None);
    call_everything(&retrying(&store, &Arc::default())).await;
    assert_eq!(store.calls(), calls);
}

#[tokio::test]
async fn lost_reply_of_an_update_is_answered_by_saving_again() {
    let store = FaultyStore::new([Fault::None, Fault::LoseReply], Fault::None);
    let retry = retrying(&store, &Arc::default());
    retry.save(&create("a")).await.unwrap();
    retry.save(&update("a", 2)).await.unwrap();
    assert_eq!(store.calls(), 3);
    let stored = retry.load(&LoadRequest::new(key("a"))).await.unwrap();
    assert_eq!(stored, Stored::Live(record(2)));
}

#[tokio::test]
async fn lost_reply_of_a_rename_is_answered_by_renaming_again() {
    let store = FaultyStore::new([Fault::None, Fault::LoseReply], Fault::None);
    let retry = retrying(&store, &Arc::default());
    retry.save(&create("a")).await.unwrap();
    retry.rename(&rename("a", "b")).await.unwrap();
    assert_eq!(store.calls(), 3);
}

#[tokio::test]
async fn lost_reply_of_a_creation_is_answered_by_saving_again() {
    let store = FaultyStore::new([Fault::LoseReply], Fault::None);
    let retry = retrying(&store, &Arc::default());
    retry.save(&create("a")).await.unwrap();
    assert_eq!(store.calls(), 2);
}

#[tokio::test]
async fn save_that_may_have_been_applied_over_anything_is_left_to_the_caller() {
    let store = FaultyStore::new([Fault::LoseReply], Fault::None);
    let request = SaveRequest::new(key("a"), record(1), Expect::Any);
    let error = retrying(&store, &Arc::default())
        .save(&request)
        .await
        .unwrap_err();
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
    assert_eq!(store.calls(), 1);
}

#[tokio::test]
async fn conflict_after_a_try_in_doubt_stays_in_doubt() {
    let in_doubt = Fault::Refuse(ErrorKind::Unavailable, RetryClass::OutcomeUnknown);
    let store = FaultyStore::new([in_doubt], Fault::None);
    let retry = retrying(&store, &Arc::default());
    let error = retry.save(&update("a", 2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
    assert!(error.conflict().is_some());
}

#[tokio::test]
async fn permanent_errors_are_not_tried_again() {
    let refusal = Fault::Refuse(ErrorKind::Denied, RetryClass::Permanent);
    let store = FaultyStore::new([], refusal);
    let error = retrying(&store, &Arc::default()).ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(store.calls(), 1);
}

#[tokio::test]
async fn conflicts_are_not_tried_again() {
    let store = FaultyStore::new([], Fault::None);
    let retry = retrying(&store, &Arc::default());
    let error = retry.save(&update("a", 2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.retry_class(), RetryClass::Permanent);
    assert_eq!(store.calls(), 1);
}

#[tokio::test]
async fn save_under_a_lock_is_not_made_again() {
    let store = FaultyStore::new([Fault::None, BUSY], Fault::None);
    let retry = retrying(&store, &Arc::default());
    let lock = retry.lock(&key("a")).await.unwrap();
    let error = lock.save(&create("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(store.calls(), 2);
}

#[tokio::test]
async fn tries_end_at_the_deadline_and_the_last_error_tells_their_number() {
    let store = FaultyStore::new([], BUSY);
    let clock = Arc::new(SteppingClock::default());
    let error = retrying(&store, &clock).ping().await.unwrap_err();
    let deadline = RetryPolicy::default().deadline;
    let longest_delay = RetryPolicy::default().longest_delay;
    let waited = Duration::from_millis(clock.now().as_millis().try_into().unwrap());
    assert!(waited <= deadline, "{waited:?}");
    assert!(waited + longest_delay >= deadline, "{waited:?}");
    assert!(store.calls() > 3);
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(error.retry_class(), RetryClass::NotApplied);
    assert_eq!(error.store(), Some("memory"));
    let tries = format!("after {} tries", store.calls());
    assert!(error.to_string().contains(&tries), "{error}");
    let last = error.source().unwrap().to_string();
    assert!(last.contains("as told"), "{last}");
}

#[tokio::test]
async fn jitter_spreads_the_tries_of_two_clients() {
    let wait = async |seed| {
        let clock = Arc::new(SteppingClock::default());
        let policy = RetryPolicy::default()
            .with_clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .with_randomness(Arc::new(SeededRandomness::new(seed)));
        let store = Retry::new(FaultyStore::new([BUSY], Fault::None), policy);
        store.ping().await.unwrap();
        clock.now().as_millis()
    };
    let (one, other) = (wait(1).await, wait(2).await);
    assert_ne!(one, other);
    for waited in [one, other] {
        assert!((10..=20).contains(&waited), "{waited}");
    }
}

#[tokio::test]
async fn doubt_of_one_try_outlives_the_others() {
    let store = FaultyStore::new([Fault::None, Fault::LoseReply], BUSY);
    let retry = retrying(&store, &Arc::default());
    retry.save(&create("a")).await.unwrap();
    let error = retry.save(&update("a", 2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
}

#[tokio::test]
async fn only_the_failed_entries_of_a_batch_are_sent_again() {
    let denied = Fault::Refuse(ErrorKind::Denied, RetryClass::Permanent);
    let first_round = [Fault::None, Fault::None, BUSY, denied, Fault::LoseReply];
    let second_round = [Fault::None, BUSY];
    let script = [&first_round[..], &second_round].concat();
    let store = FaultyStore::new(script, Fault::None);
    let batch = ["a", "b", "c", "d"].map(create);
    let answers = retrying(&store, &Arc::default())
        .save_many(&batch)
        .await
        .unwrap();
    let kinds: Vec<Option<ErrorKind>> = answers
        .iter()
        .map(|answer| answer.as_ref().err().map(cart_core::Error::kind))
        .collect();
    // The second was refused twice and then saved; the last was saved already, and found so.
    assert_eq!(kinds, [None, None, Some(ErrorKind::Denied), None]);
    assert_eq!(store.calls(), 5 + 3 + 2);
}

#[tokio::test]
async fn entry_in_doubt_stays_in_doubt_when_the_batch_fails_later() {
    let script = [Fault::None, Fault::LoseReply];
    let store = FaultyStore::new(script, BUSY);
    store.inner.save(&create("a")).await.unwrap();
    let answers = retrying(&store, &Arc::default())
        .save_many(&[update("a", 2)])
        .await
        .unwrap();
    let error = answers.into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
}
