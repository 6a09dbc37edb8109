//! Copies that go on in another process.

use cart_core::ErrorKind;
use cart_migrate::{CopyCheckpoint, Selection};

use crate::support::{Stores, finish, record, tombstone, user};

#[tokio::test]
async fn a_copy_that_was_dropped_anywhere_goes_on_from_the_text_of_its_checkpoint() {
    for batches in 0..9 {
        let stores = Stores::with_carts(45).await;
        for number in 45..60 {
            let deleted = tombstone(&record(1, number, cart_core::Timestamp::default()), number);
            stores.source.put(&user(number), &deleted).await;
        }
        let plan = stores.plan().batch_size(10).workers(2);
        let mut run = stores.begin(plan.clone());
        for _ in 0..batches {
            run.next_batch().await.expect("a batch");
        }
        let text = run.checkpoint().to_string();
        let before = run.counts();
        drop(run);
        assert_eq!(text.lines().count(), 1);

        let checkpoint: CopyCheckpoint = text.parse().expect("a checkpoint");
        assert_eq!(checkpoint.counts(), before);
        let (source, target) = (stores.source.shared(), stores.target.shared());
        let mut run = plan.resume(source, target, &checkpoint).expect("a copy");
        finish(&mut run).await;
        let counts = run.counts();
        assert_eq!((counts.seen, counts.carts, counts.tombstones), (60, 45, 15));
        assert_eq!(
            stores.target.everything().await,
            stores.source.everything().await
        );
    }
}

#[tokio::test]
async fn a_copy_that_was_done_stays_done() {
    let stores = Stores::with_carts(5).await;
    let checkpoint = stores.copy().await.checkpoint();
    let (source, target) = (stores.source.shared(), stores.target.shared());
    let resumed = stores.plan().resume(source, target, &checkpoint);
    let mut run = resumed.expect("a copy");
    assert_eq!(run.next_batch().await.expect("an end"), None);
    assert_eq!(run.counts().seen, 5);
}

#[tokio::test]
async fn a_checkpoint_of_other_carts_or_other_stores_is_refused() {
    let stores = Stores::with_carts(5).await;
    let mut wishlists = Selection::all();
    wishlists.instance = Some(cart_core::Instance::new("wishlist").expect("an instance"));
    let plan = || stores.plan().between("sqlite://a.db", "sqlite://b.db");
    let checkpoint = stores.begin(plan()).checkpoint();
    for other in [
        plan().selecting(wishlists),
        plan().dry_run(true),
        plan().between("sqlite://a.db", "sqlite://c.db"),
        plan().between("sqlite://a.dbs", "qlite://b.db"),
    ] {
        let (source, target) = (stores.source.shared(), stores.target.shared());
        let refused = other.resume(source, target, &checkpoint).expect_err("no");
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }
    for text in ["", "{}", "[]", "{\"copy\":\"x\"}"] {
        let refused = text.parse::<CopyCheckpoint>().expect_err("no checkpoint");
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }
}
