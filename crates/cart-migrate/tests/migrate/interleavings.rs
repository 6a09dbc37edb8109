//! Any interleaving of copies and live writes, found by chance.

use std::collections::BTreeMap;

use cart_core::CartStore;
use cart_core::{CartRecord, Clock, Expect, SaveRequest, Stored, Version};
use cart_testkit::faults::Fault;
use proptest::prelude::*;

use crate::support::{Store, Stores, finish, record, tombstone, user};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A copy takes its next batch.
    Batch(usize),
    /// A copy is killed, and goes on from its last checkpoint.
    Kill(usize),
    /// A shopper edits a cart on the source.
    Edit(u64),
    /// A shopper deletes a cart on the source.
    Delete(u64),
    /// A mirror brings what the source has now to the target, before the copies do.
    Mirror(u64),
    /// The target will fail.
    Fail(Fault),
}

const OWNERS: u64 = 6;
const BATCH: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        Just(Fault::unreachable()),
        Just(Fault::lose_reply()),
        Just(Fault::lose_rest(BATCH / 2))
    ];
    prop_oneof![
        6 => (0..2_usize).prop_map(Step::Batch),
        1 => (0..2_usize).prop_map(Step::Kill),
        4 => (0..OWNERS).prop_map(Step::Edit),
        2 => (0..OWNERS).prop_map(Step::Delete),
        3 => (0..OWNERS).prop_map(Step::Mirror),
        1 => fault.prop_map(Step::Fail),
    ]
}

/// The newest record that a store was given for an owner.
async fn newest(store: &Store, owner: u64) -> Option<CartRecord> {
    let mut all = store.everything().await.into_iter();
    all.find(|entry| entry.key == user(owner))
        .map(|entry| entry.record)
}

async fn versions(store: &Store) -> BTreeMap<u64, Version> {
    let mut versions = BTreeMap::new();
    for owner in 0..OWNERS {
        let stored: Stored = store.stored(&user(owner)).await;
        versions.extend(stored.version().map(|version| (owner, version)));
    }
    versions
}

async fn play(steps: Vec<Step>) {
    let stores = Stores::new();
    let plan = || stores.plan().batch_size(BATCH).workers(2);
    // Two copies at once, as when somebody starts another by mistake.
    let mut runs = [stores.begin(plan()), stores.begin(plan())];
    let mut write_id = 0;
    for step in steps {
        write_id += 1;
        let before = versions(&stores.target).await;
        let happened = format!("{step:?}");
        match step {
            Step::Batch(run) => {
                if matches!(runs[run].next_batch().await, Ok(None)) {
                    runs[run] = stores.begin(plan());
                }
            }
            Step::Kill(run) => {
                let checkpoint = runs[run].checkpoint();
                let (source, target) = (stores.source.shared(), stores.target.shared());
                let resumed = plan().resume(source, target, &checkpoint);
                runs[run] = resumed.expect("a copy");
            }
            Step::Edit(owner) => {
                let last = newest(&stores.source, owner).await;
                let sequence = last.map_or(0, |last| last.header.version.sequence());
                let edited = record(sequence + 1, write_id, stores.clock.now());
                stores.source.put(&user(owner), &edited).await;
            }
            Step::Delete(owner) => {
                if let Some(last) = newest(&stores.source, owner).await {
                    let deleted = tombstone(&last, write_id);
                    stores.source.put(&user(owner), &deleted).await;
                }
            }
            Step::Mirror(owner) => {
                if let Some(last) = newest(&stores.source, owner).await {
                    let request = SaveRequest::new(user(owner), last, Expect::Older);
                    stores.target.memory.save(&request).await.expect("a write");
                }
            }
            Step::Fail(fault) => stores.target.faults.plan([fault]),
        }
        let after = versions(&stores.target).await;
        for (owner, version) in before {
            let now = after.get(&owner).copied();
            assert!(
                now == Some(version) || now.is_some_and(|now| now.sequence() > version.sequence()),
                "owner {owner} went from {version} to {now:?} at {happened}"
            );
        }
    }
    // The writers have ended: one more copy, and both are equal.
    drop(runs);
    stores.target.faults.heal();
    finish(&mut stores.begin(plan())).await;
    assert_eq!(
        stores.target.everything().await,
        stores.source.everything().await
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    })]

    #[test]
    fn no_interleaving_of_copies_and_writers_takes_a_cart_back(
        steps in proptest::collection::vec(step(), 1..120)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(play(steps));
    }
}
