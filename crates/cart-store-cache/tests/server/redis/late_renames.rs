//! Clients that stall in the middle of a rename across slots, and wake up when others have gone on.

use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, Rename, RetryClass, SaveRequest,
    ScanRequest, Stored,
};
use cart_store_cache::CacheCartStore;
use cart_testkit::proxy::{Fault, Injection};
use cart_testkit::servers::Options;
use tokio::task::JoinHandle;

use super::slots::{Slots, rename, warm_up};
use super::support::{create, creation, key, load, record_after, update};

/// How many steps a rename has, each a script.
const STEPS: u64 = 5;
/// With this one it has happened.
const DECIDING: u64 = 2;
/// Longer than anything is held back.
const LATER: Duration = Duration::from_secs(3600);

/// A rename whose client has stalled: one of its steps is on the way, and all before it are made.
struct Stalled {
    rename: Rename,
    cart: CartRecord,
    owner: JoinHandle<Result<(), Error>>,
    held_back: Injection,
    /// Somebody else.
    other: CacheCartStore,
}

impl Stalled {
    /// Stalls the rename of a cart of its own before the server hears of this step.
    async fn before(slots: &Slots, step: u64, name: &str) -> Self {
        let other = slots.store().await;
        let [from, to] = ["from", "to"].map(|side| key(&format!("{name}-{step}-{side}")));
        let cart = create(&other, &from).await;
        let rename = rename(&from, &cart, &to);
        let store = slots.store().await;
        let late = Fault::delay(LATER).on("EVALSHA").after(step).times(1);
        let held_back = slots.proxy.inject(late);
        let renaming = rename.clone();
        let owner = tokio::spawn(async move { store.rename(&renaming).await });
        held_back.reached(1).await;
        Self {
            rename,
            cart,
            owner,
            held_back,
            other,
        }
    }

    /// What others see under both keys. Lists say the same.
    async fn seen(&self) -> [Stored; 2] {
        let Rename { from, to, .. } = &self.rename;
        let mut seen = Vec::new();
        for key in [from, to] {
            let stored = load(&self.other, key).await.expect("an answer");
            let is_live = matches!(stored, Stored::Live(_));
            assert_eq!(is_listed(&self.other, key).await, is_live, "{stored:?}");
            seen.push(stored);
        }
        seen.try_into().expect("two")
    }

    fn before_it(&self) -> [Stored; 2] {
        [Stored::Live(self.cart.clone()), Stored::Missing]
    }

    fn after_it(&self) -> [Stored; 2] {
        let left = self.rename.tombstone.header.version;
        let arrived = self.rename.record.clone();
        [Stored::Tombstone(left), Stored::Live(arrived)]
    }

    /// Lets the step reach the server.
    async fn wake_up(&self, slots: &Slots) {
        let count = slots.scripts_run().await;
        slots.clock.advance(2 * LATER);
        slots.until_scripts_run(count + 1).await;
        assert_eq!(self.held_back.fired(), 1);
    }
}

async fn is_listed(store: &CacheCartStore, key: &CartKey) -> bool {
    let mut request = ScanRequest::new(10);
    request.owner = Some(key.owner().clone());
    let page = store.scan(&request).await.expect("a page");
    let instances = store.instances(key.owner()).await.expect("a list");
    assert_eq!(page.entries.len(), instances.len());
    !instances.is_empty()
}

/// The value of each cart has no flag any more once it has been written to.
async fn are_free(stalled: &Stalled) {
    for key in [&stalled.rename.from, &stalled.rename.to] {
        let save = SaveRequest::new(key.clone(), record_after(99), Expect::Any);
        stalled.other.save(&save).await.expect("a write");
        let stored = load(&stalled.other, key).await.expect("an answer");
        assert_eq!(stored, Stored::Live(save.record));
    }
}

#[tokio::test]
async fn whoever_looks_sees_a_cart_once_and_changes_nothing_whatever_step_comes_late() {
    let slots = Slots::start().await;
    warm_up(&slots.store().await).await;
    for step in 0..STEPS {
        let stalled = Stalled::before(&slots, step, "look").await;
        let is_decided = step > DECIDING;
        let expected = if is_decided {
            stalled.after_it()
        } else {
            stalled.before_it()
        };
        assert_eq!(stalled.seen().await, expected, "step {step}");

        // Whoever began has died, and the step that was on its way arrives.
        stalled.owner.abort();
        stalled.wake_up(&slots).await;
        let expected = if step >= DECIDING {
            stalled.after_it()
        } else {
            stalled.before_it()
        };
        assert_eq!(stalled.seen().await, expected, "late step {step}");
        assert_eq!(stalled.other.statistics().renames_settled, 0);
        are_free(&stalled).await;
    }
}

/// Has somebody write to one side of a stalled rename, wakes its client up, and looks whether all agree
/// what has happened.
async fn is_decided_once(
    slots: &Slots,
    step: u64,
    write: impl Fn(&Stalled) -> SaveRequest,
    by: &str,
) {
    let stalled = Stalled::before(slots, step, by).await;
    let write = write(&stalled);
    let saved = stalled.other.save(&write).await;
    let seen = stalled.seen().await;
    match &saved {
        Ok(()) => {
            let mut expected = stalled.before_it();
            let side = usize::from(write.key == stalled.rename.to);
            expected[side] = Stored::Live(write.record.clone());
            assert_eq!(seen, expected, "step {step}, {by}");
        }
        Err(error) => {
            assert_eq!(
                error.kind(),
                ErrorKind::Conflict,
                "step {step}, {by}: {error:?}"
            );
            assert_eq!(seen, stalled.after_it(), "step {step}, {by}");
        }
    }
    stalled.wake_up(slots).await;
    let mut stalled = stalled;
    let renamed = (&mut stalled.owner).await.expect("no panic");
    match renamed {
        Ok(()) => assert!(saved.is_err(), "step {step}, {by}: both were told yes"),
        Err(error) => {
            assert_eq!(
                error.kind(),
                ErrorKind::Conflict,
                "step {step}, {by}: {error:?}"
            );
            assert!(saved.is_ok(), "step {step}, {by}: both were told no");
        }
    }
    assert_eq!(stalled.seen().await, seen, "step {step}, {by}, late");
    are_free(&stalled).await;
}

#[tokio::test]
async fn a_write_to_the_source_and_a_stalled_rename_are_never_both_made_nor_both_refused() {
    let slots = Slots::start().await;
    warm_up(&slots.store().await).await;
    for step in 0..STEPS {
        let write = |stalled: &Stalled| update(&stalled.rename.from, &stalled.cart);
        is_decided_once(&slots, step, write, "source").await;
    }
}

#[tokio::test]
async fn a_write_to_the_target_and_a_stalled_rename_are_never_both_made_nor_both_refused() {
    let slots = Slots::start().await;
    warm_up(&slots.store().await).await;
    for step in 0..STEPS {
        let write = |stalled: &Stalled| creation(&stalled.rename.to);
        is_decided_once(&slots, step, write, "target").await;
    }
}

#[tokio::test]
async fn a_rename_whose_target_may_have_been_evicted_is_not_said_to_have_done_nothing() {
    let options = Options::new()
        .setting("maxmemory", "1gb")
        .setting("maxmemory-policy", "allkeys-lru");
    let slots = Slots::start_with(options).await;
    warm_up(&slots.store().await).await;
    let mut stalled = Stalled::before(&slots, DECIDING, "gone").await;
    let from = stalled.rename.from.clone();
    // Somebody finds it prepared and finishes it, goes on at the source, and the target is evicted.
    let refused = stalled.other.save(&update(&from, &stalled.cart)).await;
    let refused = refused.expect_err("the cart has left");
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused:?}");
    assert_eq!(stalled.seen().await, stalled.after_it());
    let next = update(&from, &stalled.rename.tombstone);
    stalled
        .other
        .save(&next)
        .await
        .expect("a cart in its place");
    let target = stalled.rename.to.owner().identifier();
    let evict = ["DEL", &format!("cart:{{/user/{target}}}:default")];
    let evicted = slots.server().command(&evict).await;
    assert_eq!(evicted.expect("a number"), "1");

    stalled.wake_up(&slots).await;
    let told = (&mut stalled.owner).await.expect("no panic");
    let told = told.expect_err("the cart isn't where it was");
    let class = (told.kind(), told.retry_class());
    assert_eq!(
        class,
        (ErrorKind::Conflict, RetryClass::OutcomeUnknown),
        "{told:?}"
    );
    // What was evicted hasn't come back, and what is new has stayed.
    assert_eq!(
        stalled.seen().await,
        [Stored::Live(next.record), Stored::Missing]
    );
}
