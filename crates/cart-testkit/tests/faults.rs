//! The store that fails as it is told does so, and says when it didn't.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartStore, Clock, ErrorKind, Expect, Instance, LoadRequest, MemoryCartStore,
    Operation, Owner, RetryClass, SaveRequest, ScanSupport, Stored, Version,
};
use cart_testkit::faults::{Fault, FaultStore, Gate};
use cart_testkit::{ManualClock, records};

fn key(name: &str) -> CartKey {
    CartKey::new(Owner::user(name).expect("an owner"), Instance::default())
}

/// The write of this sequence for a cart, which follows the one before.
fn write(name: &str, sequence: u64) -> SaveRequest {
    let version = |sequence| Version::new(sequence, sequence).expect("a version");
    let record = records::tagged(version(sequence), ManualClock::START, sequence);
    let expect = match sequence {
        1 => Expect::Absent,
        _ => Expect::Version(version(sequence - 1)),
    };
    SaveRequest::new(key(name), record, expect)
}

fn batch() -> Vec<SaveRequest> {
    ["ann", "bob", "eve"].map(|name| write(name, 1)).to_vec()
}

/// The sequence that is stored for a cart.
async fn sequence(store: &dyn CartStore, name: &str) -> Option<u64> {
    let stored = store.load(&LoadRequest::new(key(name))).await;
    stored.expect("a load").version().map(Version::sequence)
}

fn faulty() -> FaultStore {
    FaultStore::new(MemoryCartStore::new())
}

#[tokio::test]
async fn a_lost_request_is_not_made_and_a_lost_reply_is() {
    for (fault, stored) in [
        (Fault::lose_request(), None),
        (Fault::lose_reply(), Some(1)),
        (Fault::unreachable(), None),
    ] {
        let store = faulty();
        store.plan([fault.clone()]);
        let error = store.save(&write("ann", 1)).await.expect_err("the fault");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.operation(), Some(Operation::Save));
        assert_eq!(sequence(&store, "ann").await, stored, "{fault:?}");
        store
            .save(&write("ann", 1))
            .await
            .expect("no fault is left");
    }
}

#[tokio::test]
async fn what_the_store_refuses_is_told_and_no_occasion_for_a_lost_reply() {
    let store = faulty();
    store.plan([Fault::lose_reply()]);
    let refused = store.save(&write("ann", 2)).await.expect_err("a conflict");
    assert_eq!((refused.kind(), store.left()), (ErrorKind::Conflict, 1));
    assert!(store.save(&write("ann", 1)).await.is_err());
    assert_eq!(store.left(), 0);
}

#[tokio::test]
async fn a_batch_breaks_off_or_loses_one_entry() {
    let store = faulty();
    store.plan([
        Fault::lose_rest(2),
        Fault::refuse_entry(1, ErrorKind::Full, RetryClass::Permanent),
    ]);
    let error = store.save_many(&batch()).await.expect_err("it broke off");
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
    assert_eq!(sequence(&store, "bob").await, Some(1));
    assert_eq!(sequence(&store, "eve").await, None);
    let answers = store.save_many(&batch()).await.expect("an answer for each");
    let failed: Vec<bool> = answers.iter().map(Result::is_err).collect();
    assert_eq!(failed, [false, true, false]);
    assert_eq!(sequence(&store, "eve").await, Some(1));
}

#[tokio::test]
async fn a_call_waits_at_the_gate_while_others_go_by() {
    let store = faulty();
    let gate = Gate::new();
    let halted = store.inject(Fault::halt_at(&gate).times(1));
    let slow = tokio::spawn({
        let store = store.clone();
        async move { store.save(&write("ann", 1)).await }
    });
    gate.arrived(1).await;
    assert_eq!(sequence(&store, "ann").await, None);
    store.save(&write("bob", 1)).await.expect("it goes by");
    gate.open();
    slow.await.expect("it ends").expect("a save");
    assert_eq!((sequence(&store, "ann").await, halted.end()), (Some(1), 1));
}

#[tokio::test]
async fn a_delay_goes_by_the_clock_that_the_store_was_given() {
    let clock = Arc::new(ManualClock::new());
    let store = faulty().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    store.plan([Fault::delay(Duration::from_secs(3_600))]);
    let request = write("ann", 1);
    let (saved, ()) = tokio::join!(store.save(&request), async {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(sequence(&store.inner(), "ann").await, None);
        while store.left() > 0 {
            clock.advance(Duration::from_secs(3_600));
            tokio::task::yield_now().await;
        }
    });
    saved.expect("a save");
}

#[tokio::test]
async fn a_dropped_reply_never_comes_and_its_write_does() {
    for (fault, stored) in [
        (Fault::drop_request(), None),
        (Fault::drop_reply(), Some(1)),
    ] {
        let store = faulty();
        let dropped = store.inject(fault.times(1));
        let request = write("ann", 1);
        tokio::select! {
            _ = store.save(&request) => panic!("an answer that was dropped"),
            () = dropped.reached(1) => {}
        }
        assert_eq!(sequence(&store, "ann").await, stored);
    }
}

#[tokio::test]
async fn a_write_that_arrives_late_meets_what_was_written_since() {
    let store = faulty();
    store.plan([Fault::deliver_late(1)]);
    let late = store
        .save(&write("ann", 1))
        .await
        .expect_err("nobody knows");
    assert_eq!(late.retry_class(), RetryClass::OutcomeUnknown);
    assert_eq!(sequence(&store, "ann").await, None);
    store.save(&write("bob", 1)).await.expect("a save");
    assert_eq!(sequence(&store, "ann").await, Some(1));
    // And here the version keeps it from undoing what came after it.
    store.plan([Fault::deliver_late(2)]);
    assert!(store.save(&write("ann", 2)).await.is_err());
    store
        .save(&write("ann", 2))
        .await
        .expect("the same call again");
    store.save(&write("ann", 3)).await.expect("a save");
    assert_eq!((sequence(&store, "ann").await, store.left()), (Some(3), 0));
}

#[tokio::test]
async fn a_stale_answer_is_what_was_stored_before_unless_something_newer_is_asked_for() {
    let store = faulty();
    let stale = store.inject(Fault::stale());
    for sequence in 1..=3 {
        store.save(&write("ann", sequence)).await.expect("a save");
    }
    assert_eq!((sequence(&store, "ann").await, stale.fired()), (Some(2), 1));
    let mut request = LoadRequest::new(key("ann"));
    request.at_least = Some(write("ann", 3).record.header.version);
    let stored = store.load(&request).await.expect("a load");
    assert_eq!(stored, Stored::Live(write("ann", 3).record));
    assert_eq!(stale.end(), 1);
    assert_eq!(sequence(&store, "ann").await, Some(3));
}

#[tokio::test]
async fn a_save_under_a_lock_meets_faults_too() {
    let store = faulty();
    store.plan([Fault::lose_reply()]);
    let lock = store.lock(&key("ann")).await.expect("a lock");
    let error = lock.save(&write("ann", 1)).await.expect_err("the fault");
    assert_eq!(error.operation(), Some(Operation::Lock));
    assert_eq!(
        (sequence(&store, "ann").await, store.writes()),
        (Some(1), 1)
    );
}

#[tokio::test]
async fn chance_is_repeated_by_its_seed_and_every_fault_is_counted() {
    let failed = async |seed| {
        let store = faulty();
        let lost = store.inject(Fault::unreachable().on_everything().one_in(3, seed));
        let mut failed = Vec::new();
        for _ in 0..60 {
            failed.push(store.ping().await.is_err());
        }
        let count = failed.iter().filter(|failed| **failed).count();
        assert_eq!(u64::try_from(count).expect("a count"), lost.end());
        assert_eq!(store.calls(Operation::Ping), 60);
        failed
    };
    assert_eq!(failed(1).await, failed(1).await);
    assert_ne!(failed(1).await, failed(2).await);
}

#[tokio::test]
async fn faults_come_to_the_calls_that_they_are_meant_for() {
    let store = faulty();
    let bobs = Fault::unreachable().when(|call| match call {
        cart_testkit::faults::Call::Save(request) => request.key == key("bob"),
        _ => false,
    });
    let bobs = store.inject(bobs);
    let second = store.inject(Fault::unreachable().on([Operation::Ping]).after(1).times(1));
    store.save(&write("ann", 1)).await.expect("not meant");
    assert!(store.save(&write("bob", 1)).await.is_err());
    let pings = [store.ping().await, store.ping().await, store.ping().await];
    assert_eq!(pings.map(|ping| ping.is_err()), [false, true, false]);
    assert_eq!((bobs.end(), second.end()), (1, 1));
}

#[tokio::test]
async fn a_store_declares_less_than_it_has() {
    let store = faulty().declaring(|capabilities| capabilities.scan = ScanSupport::None);
    assert_eq!(store.info().capabilities.scan, ScanSupport::None);
    assert_eq!(store.inner().info().capabilities.scan, ScanSupport::Full);
}

#[tokio::test]
async fn a_fault_that_never_came_fails_its_test() {
    let planned = faulty();
    planned.plan([Fault::lose_reply().times(2)]);
    assert!(planned.save(&write("ann", 1)).await.is_err());
    let end = std::panic::catch_unwind(AssertUnwindSafe(|| drop(planned)));
    let text = end.expect_err("a panic");
    let text = text.downcast_ref::<String>().expect("a text");
    assert!(
        text.starts_with("1 of the planned faults never came"),
        "{text}"
    );

    let store = faulty();
    let injected = store.inject(Fault::lose_reply());
    let end = std::panic::catch_unwind(AssertUnwindSafe(|| drop(injected)));
    assert!(end.is_err());
    store.plan([Fault::stale()]);
    assert_eq!(store.heal(), 1);
    assert_eq!(store.inject(Fault::stale()).withdraw(), 0);
}
