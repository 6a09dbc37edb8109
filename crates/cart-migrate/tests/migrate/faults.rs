//! Copies through failures of the target.

use cart_core::{ErrorKind, RetryClass};
use cart_testkit::faults::Fault;

use crate::support::{Stores, finish, user};

fn refusing(entry: usize, kind: ErrorKind) -> Fault {
    Fault::refuse_entry(entry, kind, RetryClass::Permanent)
}

#[tokio::test]
async fn a_batch_that_fails_is_written_when_it_is_asked_for_again() {
    for fault in [
        Fault::unreachable(),
        Fault::lose_reply(),
        Fault::lose_rest(5),
    ] {
        let stores = Stores::with_carts(50).await;
        let mut run = stores.begin(stores.plan().batch_size(10).workers(3));
        stores.target.faults.plan([fault.clone().times(4)]);
        finish(&mut run).await;
        assert_eq!(
            (run.counts().seen, run.counts().carts),
            (50, 50),
            "{fault:?}"
        );
        assert_eq!(
            stores.target.everything().await,
            stores.source.everything().await,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_checkpoint_never_stands_behind_a_batch_that_failed() {
    let stores = Stores::with_carts(40).await;
    let mut run = stores.begin(stores.plan().batch_size(10).workers(4));
    run.next_batch().await.expect("a batch");
    stores.target.faults.plan([Fault::unreachable()]);
    let before = loop {
        let before = run.checkpoint();
        if run.next_batch().await.is_err() {
            break before;
        }
    };
    assert_eq!(run.checkpoint(), before);
}

#[tokio::test]
async fn a_record_that_the_target_does_not_take_is_named_and_the_others_are_copied() {
    let stores = Stores::with_carts(30).await;
    stores
        .target
        .faults
        .plan([refusing(7, ErrorKind::TooLarge)]);
    let mut run = stores.begin(stores.plan().workers(1));
    let batch = run.next_batch().await.expect("a batch").expect("a batch");
    assert_eq!((batch.counts.carts, batch.counts.refused), (29, 1));
    assert_eq!(batch.refusals[0].key, user(7));
    assert_eq!(batch.refusals[0].kind, ErrorKind::TooLarge);
    finish(&mut run).await;
    assert_eq!(stores.target.everything().await.len(), 29);
}

#[tokio::test]
async fn a_full_target_ends_the_copy_until_there_is_room() {
    let stores = Stores::with_carts(30).await;
    stores.target.faults.plan([refusing(7, ErrorKind::Full)]);
    let mut run = stores.begin(stores.plan());
    let error = run.next_batch().await.expect_err("no room");
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(run.counts().seen, 0);
    finish(&mut run).await;
    assert_eq!(stores.target.everything().await.len(), 30);
}
