//! What a repair mends, and what it leaves to people.

use cart_core::CartStore;
use cart_core::{Clock, Expect, SaveRequest, Stored};
use cart_migrate::DifferenceKind::{CorruptTarget, Different, Extra, Newer};

use crate::support::{Stores, differences, record, tombstone, user};
use crate::verify::plant;

#[tokio::test]
async fn what_is_missing_older_or_expires_earlier_is_mended_and_all_else_is_left() {
    let stores = Stores::with_carts(2_000).await;
    stores.copy().await;
    let planted = plant(&stores).await;
    let mut run = stores.verify(|plan| plan.repair(true));
    let found = differences(&mut run).await;
    assert_eq!(found.len(), planted.len());
    let report = run.report();
    assert_eq!((report.repaired, report.left()), (400, 400));

    let mut again = stores.verify(|plan| plan);
    let left = differences(&mut again).await;
    assert_eq!(left.len(), 400);
    for difference in &left {
        assert!(
            [CorruptTarget, Different, Extra, Newer].contains(&difference.kind),
            "{difference:?}"
        );
    }
}

#[tokio::test]
async fn a_repaired_store_is_equal_with_tombstones_and_without_marks() {
    let stores = Stores::with_carts(40).await;
    let now = stores.clock.now();
    for number in 0..10 {
        let deleted = tombstone(&record(1, number + 1, now), number + 500);
        stores.source.put(&user(number), &deleted).await;
    }
    let mut marked = record(5, 900, now);
    marked.header.marked = true;
    stores.source.put(&user(20), &marked).await;
    let mut run = stores.verify(|plan| plan.repair(true));
    assert_eq!(differences(&mut run).await.len(), 40);
    assert_eq!(run.report().left(), 0);
    marked.header.marked = false;
    assert_eq!(
        stores.target.stored(&user(20)).await,
        Stored::Live(marked.clone())
    );
    stores.source.put(&user(20), &record(5, 901, now)).await;
    stores.source.put(&user(20), &marked).await;
    assert_eq!(
        stores.target.everything().await,
        stores.source.everything().await
    );
}

#[tokio::test]
async fn a_repair_never_takes_back_what_a_writer_brings_meanwhile() {
    let stores = Stores::with_carts(200).await;
    let writer = async {
        for number in 0..200 {
            tokio::task::yield_now().await;
            let cart = record(9, number + 700, stores.clock.now());
            let request = SaveRequest::new(user(number), cart, Expect::Older);
            stores.target.memory.save(&request).await.expect("a write");
        }
    };
    let repair = async {
        let mut run = stores.verify(|plan| plan.repair(true));
        differences(&mut run).await;
    };
    futures_util::future::join(writer, repair).await;
    for number in 0..200 {
        let version = stores.target.stored(&user(number)).await.version();
        assert_eq!(version.map(cart_core::Version::sequence), Some(9));
    }
}
