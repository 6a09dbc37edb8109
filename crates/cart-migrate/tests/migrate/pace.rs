//! How fast a copy goes, and how much of it is under way.

use std::future::Future;
use std::num::NonZeroU32;
use std::task::{Context, Waker};
use std::time::Duration;

use cart_migrate::Pace;

use crate::support::{Stores, finish};

#[tokio::test]
async fn a_copy_keeps_to_its_rate() {
    let stores = Stores::with_carts(40).await;
    let mut pace = Pace::default();
    pace.per_second = NonZeroU32::new(10);
    let plan = stores.plan().at_pace(pace).batch_size(10).workers(1);
    let mut run = stores.begin(plan);
    let mut idle = Context::from_waker(Waker::noop());
    for batch in 0..4 {
        if batch > 0 {
            let mut early = std::pin::pin!(run.next_batch());
            for _ in 0..20 {
                assert!(early.as_mut().poll(&mut idle).is_pending());
            }
            stores.clock.advance(Duration::from_secs(1));
            early.await.expect("a batch");
        } else {
            run.next_batch().await.expect("a batch");
        }
        assert_eq!(run.counts().carts, (batch + 1) * 10);
    }
    finish(&mut run).await;
}

#[tokio::test]
async fn no_more_is_read_than_the_workers_can_write() {
    let stores = Stores::with_carts(100).await;
    let mut run = stores.begin(stores.plan().batch_size(2).workers(3));
    for told in 1..=20 {
        run.next_batch().await.expect("a batch");
        let pages = stores.source.pages();
        assert!(pages <= told + 3 + 1, "{pages} pages after {told} batches");
    }
}
