//! What a verification finds, and what it doesn't mistake for a difference.

use cart_core::{
    CartKey, CartStore, Clock, ErrorKind, Expect, RecordState, SaveRequest, Tenant, Timestamp,
};
use cart_migrate::{DifferenceKind, VerifyStep};

use crate::support::{Store, Stores, differences, record, tombstone, user};

/// Puts a hundred defects of each kind into a target that was a copy, and gives the kinds by key.
pub(crate) async fn plant(stores: &Stores) -> Vec<(CartKey, DifferenceKind)> {
    let now = stores.clock.now();
    let mut planted = Vec::new();
    for number in 0..700 {
        let key = user(number);
        let mut cart = record(1, number + 1, now);
        let kind = match number / 100 {
            0 => {
                let newer = record(2, number + 10_000, now);
                stores.source.put(&key, &newer).await;
                DifferenceKind::Older
            }
            1 => {
                let deleted = tombstone(&cart, number + 10_000);
                stores.source.put(&key, &deleted).await;
                DifferenceKind::Older
            }
            2 => {
                let newer = record(2, number + 10_000, now);
                stores.target.put(&key, &newer).await;
                DifferenceKind::Newer
            }
            3 => {
                // The same version, and one digit is another.
                cart = record(1, number + 10_000, now);
                cart.header.version = cart_core::Version::first(number + 1);
                overwrite(&stores.target, &key, &cart).await;
                DifferenceKind::Different
            }
            4 => {
                cart.header.expires_at = Some(Timestamp::MAX);
                overwrite(&stores.source, &key, &cart).await;
                DifferenceKind::Expiry
            }
            5 => {
                cart.parts.conditions = "[".into();
                overwrite(&stores.target, &key, &cart).await;
                DifferenceKind::CorruptTarget
            }
            _ => {
                // Under the name of another tenant: one is missing, and one is too much.
                let owner = key.owner().clone();
                let other = owner.in_tenant(Tenant::new("south").expect("a tenant"));
                let moved = CartKey::new(other, key.instance().clone());
                stores.target.put(&moved, &cart).await;
                planted.push((moved, DifferenceKind::Extra));
                erase(&stores.target, &key).await;
                DifferenceKind::Missing
            }
        };
        planted.push((key, kind));
    }
    planted.sort_by(|one, other| one.0.cmp(&other.0));
    planted
}

/// Stores a record of a version that is there, which no save does.
async fn overwrite(store: &Store, key: &CartKey, cart: &cart_core::CartRecord) {
    let between = record(1, u64::MAX, cart.header.updated_at);
    store.put(key, &between).await;
    store.put(key, cart).await;
}

async fn erase(store: &Store, key: &CartKey) {
    let mut gone = record(1, u64::MAX, Timestamp::from_millis(0));
    gone.header.expires_at = Some(Timestamp::from_millis(0));
    store.put(key, &gone).await;
}

#[tokio::test]
async fn equal_stores_are_read_once_and_nothing_is_looked_at_twice() {
    let stores = Stores::with_carts(1_000).await;
    let deleted = tombstone(&record(1, 1, stores.clock.now()), 7);
    stores.source.put(&user(2_000), &deleted).await;
    stores.copy().await;
    let pages = stores.source.pages();
    let mut run = stores.verify(|plan| plan);
    assert_eq!(differences(&mut run).await, []);
    let report = run.report();
    assert_eq!((report.source, report.target), (1_001, 1_001));
    assert_eq!((report.compared, report.differences()), (0, 0));
    assert_eq!(stores.source.pages() - pages, 11);
}

#[tokio::test]
async fn every_planted_difference_is_found_and_named() {
    let stores = Stores::with_carts(2_000).await;
    stores.copy().await;
    let planted = plant(&stores).await;
    let mut run = stores.verify(|plan| plan);
    let found = differences(&mut run).await;
    let found: Vec<_> = found.into_iter().map(|it| (it.key, it.kind)).collect();
    assert_eq!(found, planted);
    let report = run.report();
    assert_eq!(report.differences(), 800);
    assert_eq!(
        (report.older, report.newer, report.missing),
        (200, 100, 100)
    );
    assert_eq!(
        (report.extra, report.expiry, report.repaired),
        (100, 100, 0)
    );
    assert!(report.compared < 1_800, "{report:?}");
}

#[tokio::test]
async fn reading_shows_nothing_and_comparing_does() {
    let stores = Stores::with_carts(150).await;
    let mut run = stores.verify(|plan| plan);
    let mut steps = Vec::new();
    while let Some(batch) = run.next_batch().await.expect("a batch") {
        steps.push((batch.step, batch.read, batch.differences.len()));
    }
    let (read, look) = (VerifyStep::Reading, VerifyStep::Comparing);
    assert_eq!(
        steps,
        [
            (read, 100, 0),
            (read, 50, 0),
            (read, 0, 0),
            (look, 100, 100),
            (look, 50, 50),
            (look, 0, 0),
            (look, 0, 0),
            (look, 0, 0),
        ]
    );
}

#[tokio::test]
async fn what_a_writer_and_its_mirror_change_meanwhile_is_no_difference() {
    let stores = Stores::with_carts(300).await;
    stores.copy().await;
    let writer = async {
        for round in 2..40 {
            for number in 0..300 {
                let cart = record(round, number + 1, stores.clock.now());
                stores.source.put(&user(number), &cart).await;
                tokio::task::yield_now().await;
                let request = SaveRequest::new(user(number), cart, Expect::Older);
                stores.target.memory.save(&request).await.expect("a write");
            }
        }
    };
    let verify = async {
        let mut run = stores.verify(|plan| plan);
        let found = differences(&mut run).await;
        (found, run.report().compared)
    };
    let ((), (found, compared)) = futures_util::future::join(writer, verify).await;
    assert_eq!(found, []);
    assert!(compared > 0, "the writer was too slow to be seen");
}

#[tokio::test]
async fn marks_and_carts_that_move_are_no_difference() {
    let stores = Stores::with_carts(2).await;
    stores.copy().await;
    let mut marked = record(2, 70, stores.clock.now());
    marked.header.marked = true;
    stores.source.put(&user(0), &marked).await;
    marked.header.marked = false;
    stores.target.put(&user(0), &marked).await;
    let mut moving = record(2, 71, stores.clock.now());
    moving.header.state = RecordState::Moving;
    stores.source.put(&user(1), &moving).await;
    let mut run = stores.verify(|plan| plan);
    assert_eq!(differences(&mut run).await, []);
    assert_eq!(run.report().moving, 1);
}

#[tokio::test]
async fn a_sample_says_what_it_proves() {
    let stores = Stores::with_carts(2_000).await;
    stores.copy().await;
    let mut run = stores.verify(|plan| plan.sampling(300));
    assert_eq!(differences(&mut run).await, []);
    let report = run.report();
    let sample = report.sample.expect("a sample");
    assert_eq!((report.source, report.compared), (2_000, 600));
    assert_eq!((sample.records, sample.differing), (300, 0));
    // The rule of three: 3 of 300.
    assert!((9_900..10_000).contains(&sample.at_most_per_million));

    plant(&stores).await;
    let mut run = stores.verify(|plan| plan.sampling(300));
    let found = differences(&mut run).await.len();
    let sample = run.report().sample.expect("a sample");
    // 700 of 2,000 differ; four standard deviations to either side.
    assert!((72..138).contains(&sample.differing), "{sample:?}");
    assert!(sample.at_most_per_million > 350_000, "{sample:?}");
    assert!(found as u64 >= sample.differing);
}

#[tokio::test]
async fn stores_that_cannot_list_are_refused_on_either_side() {
    let stores = Stores::new();
    let silent = Store::new(&stores.clock).that_cannot_list();
    let plan = cart_migrate::VerifyPlan::new;
    for (source, target) in [
        (silent.shared(), stores.target.shared()),
        (stores.source.shared(), silent.shared()),
    ] {
        let refused = plan().begin(source, target).expect_err("a refusal");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }
}
