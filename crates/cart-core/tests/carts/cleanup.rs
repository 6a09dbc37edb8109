//! Clean-up: what it takes, what it spares, and that it can be stopped anywhere.

use std::collections::BTreeSet;
use std::time::Duration;

use cart_core::{
    CartHandle, CartStore, Carts, Cleanup, CleanupCheckpoint, CleanupCounts, ErrorKind, Owner,
    OwnerClass, Retention, ScanRequest, Tenant,
};
use proptest::prelude::*;

use crate::{Fault, Shop, item, overtaken, quantity};

const DAY: Duration = Retention::of_days(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn owner(text: &str) -> Owner {
    text.parse().expect("an owner")
}

async fn fill(carts: &Carts, owner: Owner) -> CartHandle {
    let cart = carts.cart(owner, "default").expect("an instance");
    cart.add(item("a")).await.expect("an edit");
    cart
}

async fn left(shop: &Shop) -> BTreeSet<String> {
    let page = shop.store.scan(&ScanRequest::new(1_000)).await;
    let entries = page.expect("a list").entries;
    entries
        .iter()
        .map(|entry| entry.key.owner().to_string())
        .collect()
}

fn named<const N: usize>(owners: [&str; N]) -> BTreeSet<String> {
    owners.map(str::to_owned).into()
}

fn counts(seen: u64, deleted: u64, set: impl FnOnce(&mut CleanupCounts)) -> CleanupCounts {
    let mut counts = CleanupCounts::default();
    (counts.seen, counts.deleted) = (seen, deleted);
    set(&mut counts);
    counts
}

#[tokio::test]
async fn the_cut_off_is_strict_to_the_millisecond() {
    let shop = Shop::new();
    fill(&shop.carts, owner("user:older")).await;
    shop.clock.0.advance(MILLISECOND);
    fill(&shop.carts, owner("user:exactly")).await;
    shop.clock.0.advance(DAY * 7);
    let cleanup = Cleanup::new(Retention::days(7));
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!(done, counts(1, 1, |_| ()));
    assert_eq!(left(&shop).await, named(["user:exactly"]));
    shop.clock.0.advance(MILLISECOND);
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!(done.deleted, 1);
}

#[tokio::test]
async fn a_cart_that_is_touched_between_the_look_and_the_delete_survives() {
    let shop = Shop::new();
    let cart = fill(&shop.carts, owner("user:back")).await;
    fill(&shop.carts, owner("user:gone")).await;
    shop.clock.0.advance(DAY * 8);
    shop.store.plan([overtaken(cart.clone(), "b")]);
    let done = shop
        .carts
        .clear_abandoned(&Cleanup::new(Retention::days(7)))
        .await
        .expect("done");
    assert_eq!(shop.store.left(), 0);
    assert_eq!(done, counts(2, 1, |counts| counts.touched = 1));
    assert_eq!(left(&shop).await, named(["user:back"]));
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (1, 1)
    );
}

#[tokio::test]
async fn each_class_has_its_own_period() {
    let shop = Shop::new();
    for name in ["guest:g", "user:u", "device:d"] {
        fill(&shop.carts, owner(name)).await;
    }
    let emptied = fill(&shop.carts, owner("user:empty")).await;
    emptied.clear().await.expect("emptied");
    let bought = fill(&shop.carts, owner("guest:bought")).await;
    bought.claim("order", DAY).await.expect("a claim");
    bought.settle("order").await.expect("settled");
    let cleanup = Cleanup::new(
        Retention::days(30)
            .for_class(OwnerClass::Guest, DAY * 10)
            .for_class(OwnerClass::User, Retention::FOREVER)
            .for_empty(DAY)
            .for_converted(DAY * 90),
    );
    let mut everybody = named([
        "guest:g",
        "user:u",
        "device:d",
        "user:empty",
        "guest:bought",
    ]);
    for (days, gone) in [
        (2, "user:empty"),
        (9, "guest:g"),
        (20, "device:d"),
        (60, "guest:bought"),
    ] {
        shop.clock.0.advance(DAY * days);
        let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
        everybody.remove(gone);
        assert_eq!(
            (done.deleted, &left(&shop).await),
            (1, &everybody),
            "{gone}"
        );
        assert_eq!(done.retained, done.seen - 1);
    }
    assert_eq!(everybody, named(["user:u"]));
}

#[tokio::test]
async fn a_cart_in_checkout_is_spared_until_the_claim_is_over() {
    let shop = Shop::new();
    let cart = fill(&shop.carts, owner("user:pays")).await;
    cart.claim("order", DAY * 20).await.expect("a claim");
    let cleanup = Cleanup::new(Retention::days(7));
    shop.clock.0.advance((DAY * 20).saturating_sub(MILLISECOND));
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!(done, counts(1, 0, |counts| counts.claimed = 1));
    cart.load().await.expect("it loads").cart().expect("a cart");
    shop.clock.0.advance(MILLISECOND);
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!(done, counts(1, 1, |_| ()));
}

#[tokio::test]
async fn a_clean_up_of_one_tenant_leaves_the_others_alone() {
    let shop = Shop::new();
    let tenant = |name: &'static str| Tenant::new(name).expect("a tenant");
    for name in ["", "north"] {
        fill(&shop.carts, owner("user:1").in_tenant(tenant(name))).await;
    }
    shop.clock.0.advance(DAY * 8);
    let cleanup = Cleanup::new(Retention::days(7));
    let south = cleanup.clone().in_tenant(tenant("south"));
    let north = cleanup.clone().in_tenant(tenant("north"));
    for (cleanup, deleted) in [(south, 0), (north, 1), (cleanup, 1)] {
        let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
        assert_eq!(done, counts(deleted, deleted, |_| ()));
    }
}

#[tokio::test]
async fn a_dry_run_counts_the_same_and_writes_nothing() {
    let shop = Shop::new();
    for number in 0..25 {
        fill(&shop.carts, owner(&format!("guest:{number}"))).await;
    }
    let claimed = fill(&shop.carts, owner("guest:claimed")).await;
    claimed.claim("order", DAY * 30).await.expect("a claim");
    fill(&shop.carts, owner("user:kept")).await;
    shop.clock.0.advance(DAY * 8);
    let retention = Retention::days(7).for_class(OwnerClass::User, DAY * 9);
    let cleanup = Cleanup::new(retention).batch_size(4);
    let (writes, before) = (shop.store.writes(), left(&shop).await);
    let dry = cleanup.clone().dry_run(true);
    let foretold = shop.carts.clear_abandoned(&dry).await.expect("counted");
    assert_eq!((shop.store.writes(), left(&shop).await), (writes, before));
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!(foretold, done);
    let expected = counts(27, 25, |counts| (counts.claimed, counts.retained) = (1, 1));
    assert_eq!(done, expected);
}

#[tokio::test]
async fn a_clean_up_that_was_stopped_goes_on_in_another_process() {
    let shop = Shop::new();
    for number in 0..10 {
        fill(&shop.carts, owner(&format!("user:{number}"))).await;
    }
    shop.clock.0.advance(DAY * 8);
    let cleanup = Cleanup::new(Retention::days(7)).batch_size(4);
    let mut run = shop.carts.begin_clean_up(cleanup.clone());
    let first = run.next_batch().await.expect("a batch").expect("carts");
    assert_eq!(first, counts(4, 4, |_| ()));
    let text = run.checkpoint().to_string();
    drop(run);

    // What became old since then is none of this run's business.
    fill(&shop.carts, owner("user:later")).await;
    shop.clock.0.advance(DAY * 8);
    let elsewhere = shop.carts(|carts| carts);
    let checkpoint: CleanupCheckpoint = text.parse().expect("a checkpoint");
    let mut run = elsewhere
        .resume_clean_up(cleanup.batch_size(3), &checkpoint)
        .expect("the same clean-up");
    while run.next_batch().await.expect("a batch").is_some() {}
    assert_eq!(run.counts(), counts(10, 10, |_| ()));
    assert_eq!(left(&shop).await, named(["user:later"]));
    assert_eq!(run.next_batch().await.expect("nothing more"), None);
}

#[tokio::test]
async fn a_checkpoint_of_another_clean_up_is_refused() {
    let shop = Shop::new();
    let cleanup = Cleanup::new(Retention::days(7));
    let checkpoint = shop.carts.begin_clean_up(cleanup.clone()).checkpoint();
    for other in [
        Cleanup::new(Retention::days(8)),
        cleanup.clone().dry_run(true),
        cleanup
            .clone()
            .in_tenant(Tenant::new("north").expect("one")),
        cleanup.keep_deleted(DAY),
    ] {
        let error = shop
            .carts
            .resume_clean_up(other, &checkpoint)
            .expect_err("it takes other carts");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for text in ["", "{}", "null", "7", "{\"clean_up\":\"x\",\"as_of\":0}"] {
        let error = text.parse::<CleanupCheckpoint>().expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn lost_replies_and_outages_of_a_moment_change_no_count() {
    let shop = Shop::new();
    for number in 0..3 {
        fill(&shop.carts, owner(&format!("user:{number}"))).await;
    }
    shop.clock.0.advance(DAY * 8);
    shop.store.plan([
        Fault::unreachable(),
        Fault::lose_reply(),
        Fault::lose_request(),
    ]);
    let cleanup = Cleanup::new(Retention::days(7));
    let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
    assert_eq!((done, shop.store.left()), (counts(3, 3, |_| ()), 0));
}

#[tokio::test]
async fn a_batch_that_failed_can_be_asked_for_again() {
    let shop = Shop::new();
    fill(&shop.carts, owner("user:1")).await;
    shop.clock.0.advance(DAY * 8);
    let impatient = shop.carts(|carts| carts.edit_deadline(Duration::ZERO));
    let mut run = impatient.begin_clean_up(Cleanup::new(Retention::days(7)));
    shop.store.plan([Fault::unreachable()]);
    let error = run.next_batch().await.expect_err("out of order");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(run.counts(), CleanupCounts::default());
    let batch = run.next_batch().await.expect("it works again");
    assert_eq!(batch, Some(counts(1, 1, |_| ())));
}

/// What the model knows of a cart: whose it is, how many days ago it was written last, and what
/// it is.
#[derive(Clone, Debug)]
struct Known {
    guest: bool,
    age: u32,
    emptied: bool,
    claim_days: Option<u32>,
}

fn known() -> impl Strategy<Value = Known> {
    (
        any::<bool>(),
        0..12_u32,
        any::<bool>(),
        prop::option::of(1..15_u32),
    )
        .prop_map(|(guest, age, emptied, claim_days)| Known {
            guest,
            age,
            emptied,
            claim_days: claim_days.filter(|_| !emptied),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A naive reading of the rules, cart by cart, beside the clean-up.
    #[test]
    fn a_clean_up_takes_what_the_rules_say(
        mut all in prop::collection::vec(known(), 0..20),
        days in 1..12_u32,
        guest_days in 1..12_u32,
        empty_days in 1..12_u32,
        batch_size in 1..7_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let shop = Shop::new();
            // From the oldest on, as time goes.
            all.sort_by_key(|cart| std::cmp::Reverse(cart.age));
            let mut today = 12;
            for (number, cart) in all.iter().enumerate() {
                shop.clock.0.advance(DAY * (today - cart.age));
                today = cart.age;
                let class = if cart.guest { "guest" } else { "user" };
                let handle = fill(&shop.carts, owner(&format!("{class}:{number}"))).await;
                if cart.emptied {
                    handle.clear().await.expect("emptied");
                }
                if let Some(days) = cart.claim_days {
                    handle.claim("order", DAY * days).await.expect("a claim");
                }
            }
            shop.clock.0.advance(DAY * today);
            let mut expected = CleanupCounts::default();
            for cart in &all {
                let class = if cart.guest { guest_days } else { days };
                let period = if cart.emptied { empty_days } else { class };
                if cart.age <= days.min(guest_days).min(empty_days) {
                    continue;
                }
                expected.seen += 1;
                if cart.age <= period {
                    expected.retained += 1;
                } else if cart.claim_days.is_some_and(|days| days > cart.age) {
                    expected.claimed += 1;
                } else {
                    expected.deleted += 1;
                }
            }
            let retention = Retention::days(days)
                .for_class(OwnerClass::Guest, Retention::of_days(guest_days))
                .for_empty(Retention::of_days(empty_days));
            let cleanup = Cleanup::new(retention).batch_size(batch_size);
            let before = left(&shop).await.len() as u64;
            let done = shop.carts.clear_abandoned(&cleanup).await.expect("done");
            prop_assert_eq!(done, expected);
            prop_assert_eq!(left(&shop).await.len() as u64, before - done.deleted);
            let again = shop.carts.clear_abandoned(&cleanup).await.expect("done");
            prop_assert_eq!((again.deleted, again.seen), (0, done.seen - done.deleted));
            Ok(())
        })?;
    }
}
