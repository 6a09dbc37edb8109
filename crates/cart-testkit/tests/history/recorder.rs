//! What the recorder writes down.

use std::sync::Arc;

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, Instance, LoadRequest, MemoryCartStore,
    Owner, SaveRequest, Stored, Timestamp, Version,
};
use cart_testkit::history::{Action, Answer, Recorder, Watched, check};

use crate::simulation::Random;
use crate::stalled::Stalled;

fn key() -> CartKey {
    CartKey::new(Owner::user("1").unwrap(), Instance::default())
}

fn record(version: Version) -> CartRecord {
    CartRecord::new(version, Timestamp::from_millis(0))
}

/// Loads the cart and replaces, deletes or creates it, `rounds` times.
async fn work(store: Watched, mut random: Random, rounds: usize) {
    for _ in 0..rounds {
        let stored = store.load(&LoadRequest::new(key())).await.unwrap();
        let write_id = random.next();
        let (version, expect) = match stored.version() {
            None => (Version::first(write_id), Expect::Absent),
            Some(version) => (version.next(write_id).unwrap(), Expect::Version(version)),
        };
        let mut record = record(version);
        if let Stored::Live(cart) = &stored
            && random.percent(20)
        {
            record = cart.tombstone(version, Timestamp::from_millis(0), None);
        }
        let saved = store.save(&SaveRequest::new(key(), record, expect)).await;
        if let Err(error) = saved {
            assert_eq!(error.kind(), ErrorKind::Conflict);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_on_one_cart_gives_a_history_that_holds() {
    let recorder = Recorder::new();
    let store = MemoryCartStore::new();
    let clients = (0..8).map(|seed| {
        let watched = recorder.watch(Arc::new(store.clone()));
        tokio::spawn(work(watched, Random(seed), 250))
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let history = recorder.take();
    let summary = check(&history).unwrap();
    assert_eq!((summary.operations, summary.carts), (4_000, 1));
    assert_eq!(summary.writes + summary.conflicts, 2_000);
    assert_eq!(recorder.history(), []);
}

#[tokio::test]
async fn a_save_that_was_dropped_is_of_unknown_outcome() {
    let recorder = Recorder::new();
    let watched = recorder.watch(Arc::new(Stalled(MemoryCartStore::new())));
    let request = SaveRequest::new(key(), record(Version::first(1)), Expect::Absent);
    tokio::select! {
        biased;
        _ = watched.save(&request) => panic!("the store never answers"),
        () = std::future::ready(()) => {}
    }
    watched.load(&LoadRequest::new(key())).await.unwrap();
    let history = recorder.history();
    assert!(matches!(
        history[0].action,
        Action::Save {
            answer: Answer::Unknown,
            ..
        }
    ));
    let summary = check(&history).unwrap();
    assert_eq!((summary.unknown, summary.writes), (1, 1));
}

#[tokio::test]
async fn what_a_history_cannot_tell_is_refused() {
    let recorder = Recorder::new();
    let watched = recorder.watch(Arc::new(MemoryCartStore::new()));
    for expect in [Expect::Any, Expect::Older] {
        let request = SaveRequest::new(key(), record(Version::first(1)), expect);
        let error = watched.save(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert_eq!(recorder.history(), []);
}

#[tokio::test]
async fn a_lock_is_a_load_and_its_save_a_save() {
    let recorder = Recorder::with_clock(|| 1);
    let watched = recorder.watch(Arc::new(MemoryCartStore::new()));
    let lock = watched.lock(&key()).await.unwrap();
    let request = SaveRequest::new(key(), record(Version::first(1)), Expect::Absent);
    lock.save(&request).await.unwrap();
    let history = recorder.take();
    assert!(matches!(history[0].action, Action::Load { .. }));
    assert!(matches!(
        history[1].action,
        Action::Save {
            answer: Answer::Acknowledged,
            ..
        }
    ));
    assert_eq!((history[1].called, history[1].returned), (1, 1));
    assert_eq!(check(&history).unwrap().writes, 1);
}
