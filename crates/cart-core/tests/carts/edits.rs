use std::sync::{Arc, Mutex};
use std::time::Duration;

use cart_core::{
    CartHandle, CartKey, CartRecord, CartStore, Carts, Clock, DomainError, ErrorKind, Event,
    Expect, ExpiryPolicy, IdempotencyKey, Instance, ItemUpdate, Json, Limits, LoadRequest,
    MemoryCartStore, Notice, Observer, Precondition, QuantityChange, RenewOn, RetryClass,
    SaveRequest, ScanRequest, Select, Sleep, Stored, Timestamp, Version,
};

use crate::{Fault, Shop, item, quantity, shopper};

#[tokio::test]
async fn a_lost_reply_is_neither_an_error_nor_a_second_edit() {
    let shop = Shop::new();
    shop.store.plan([Fault::lose_reply(), Fault::lose_reply()]);
    shop.cart()
        .add(item("a"))
        .await
        .expect("the edit was applied");
    assert_eq!(
        (quantity(&shop.cart(), "a").await, shop.store.left()),
        (1, 0)
    );
}

#[tokio::test]
async fn a_write_that_was_applied_and_overtaken_is_not_made_again() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("a")).await.expect("the first edit");
    shop.store.plan([shop.lost_and_overtaken("b", 1)]);
    cart.add(item("a")).await.expect("the edit was applied");
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (2, 1)
    );
}

#[tokio::test]
async fn a_write_that_was_applied_and_overtaken_beyond_memory_is_not_doubled() {
    let shop = Shop::new();
    let cart = shop.cart();
    shop.store.plan([shop.lost_and_overtaken("b", 7)]);
    cart.add(item("a"))
        .await
        .expect("the record still remembers it");
    shop.store.plan([shop.lost_and_overtaken("b", 8)]);
    let error = cart.add(item("a")).await.expect_err("nobody can tell");
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
    assert_eq!(
        (quantity(&cart, "a").await, quantity(&cart, "b").await),
        (2, 15)
    );
}

#[tokio::test]
async fn a_lost_reply_never_brings_back_a_cart_that_was_deleted_meanwhile() {
    let shop = Shop::new();
    let cart = shop.cart();
    for before in 0..3 {
        for _ in 0..before {
            cart.add(item("b")).await.expect("an edit");
        }
        shop.store.plan([shop.lost_and_forgotten()]);
        let error = cart.add(item("a")).await.expect_err("nobody can tell");
        assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
        assert!(!cart.load().await.expect("it loads").exists());
    }
}

#[tokio::test]
async fn a_write_that_vanished_is_made_again() {
    let shop = Shop::new();
    shop.store.plan([Fault::lose_request()]);
    shop.cart()
        .add(item("a"))
        .await
        .expect("the second attempt");
    assert_eq!(quantity(&shop.cart(), "a").await, 1);
}

#[tokio::test]
async fn an_overtaken_edit_is_applied_to_the_fresh_cart() {
    let shop = Shop::new();
    let overtake = |id| shop.overtaken(id);
    shop.store
        .plan([overtake("b"), overtake("c"), overtake("b")]);
    shop.cart()
        .add(item("a"))
        .await
        .expect("the edit in the end");
    let cart = shop.cart();
    let found = [
        quantity(&cart, "a").await,
        quantity(&cart, "b").await,
        quantity(&cart, "c").await,
    ];
    assert_eq!(found, [1, 2, 1]);
}

/// A clock during whose pauses somebody else adds an item.
#[derive(Debug)]
struct Busy {
    clock: Arc<dyn Clock>,
    elsewhere: CartHandle,
}

impl Clock for Busy {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep(&self, _duration: Duration) -> Sleep<'_> {
        Box::pin(async {
            let added = self.elsewhere.add(item("meanwhile")).await;
            added.expect("nobody else writes");
        })
    }
}

#[tokio::test]
async fn an_edit_that_has_paused_looks_again_before_it_writes() {
    let shop = Shop::new();
    let overtake = || shop.overtaken("b");
    shop.store.plan([overtake(), overtake()]);
    let clock = Busy {
        clock: Arc::clone(&shop.clock) as _,
        elsewhere: shop.elsewhere(),
    };
    let carts = shop.carts(|carts| carts.clock(Arc::new(clock)));
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    cart.add(item("a")).await.expect("the edit in the end");
    // Two were overtaken, and the third, after the pause, was not.
    assert_eq!(shop.store.writes(), 3);
    let found = [
        quantity(&cart, "a").await,
        quantity(&cart, "b").await,
        quantity(&cart, "meanwhile").await,
    ];
    assert_eq!(found, [1, 2, 1]);
}

#[tokio::test]
async fn the_last_conflict_is_returned_when_the_deadline_has_passed() {
    let shop = Shop::new();
    let carts = Carts::builder(shop.store.clone())
        .edit_deadline(Duration::ZERO)
        .build();
    shop.store.plan([shop.overtaken("b")]);
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    let error = cart
        .add(item("a"))
        .await
        .expect_err("no time for a second attempt");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let conflict = error.conflict().expect("its details");
    assert_eq!(
        (conflict.expected(), conflict.live()),
        (Expect::Absent, true)
    );
    assert!(conflict.current().is_some());
}

#[tokio::test]
async fn an_unknown_outcome_stays_unknown_when_the_store_goes_away() {
    let shop = Shop::new();
    let second = Duration::from_secs(1);
    let clock = Arc::clone(&shop.clock);
    let too_late = Fault::unreachable().before(move || {
        clock.0.advance(second);
        std::future::ready(())
    });
    shop.store.plan([Fault::lose_request(), too_late]);
    let carts = shop.carts(|carts| carts.edit_deadline(second));
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    let error = cart
        .add(item("a"))
        .await
        .expect_err("no time for a third attempt");
    assert_eq!(error.retry_class(), RetryClass::OutcomeUnknown);
}

#[tokio::test]
async fn an_outage_is_an_error_and_never_an_empty_cart() {
    let shop = Shop::new();
    shop.store.plan([Fault::unreachable()]);
    let error = shop
        .cart()
        .add(item("a"))
        .await
        .expect_err("nothing was written");
    assert_eq!(
        (error.kind(), error.retry_class()),
        (ErrorKind::Unavailable, RetryClass::NotApplied)
    );
}

#[tokio::test]
async fn edits_that_change_nothing_write_nothing() {
    let shop = Shop::new();
    let cart = shop.cart();
    assert_eq!(
        cart.update("a", ItemUpdate::new())
            .await
            .expect("no error")
            .value,
        None
    );
    assert_eq!(cart.remove("a").await.expect("no error").value, None);
    assert!(!cart.clear().await.expect("no error").is_written());
    assert!(!cart.forget().await.expect("no error"));
    assert_eq!(shop.store.writes(), 0);
    assert!(!cart.load().await.expect("the cart loads").exists());
}

#[tokio::test]
async fn a_batch_is_one_write_and_all_or_nothing() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add_all(vec![item("a"), item("b"), item("a")])
        .await
        .expect("a valid batch");
    assert_eq!((shop.store.writes(), quantity(&cart, "a").await), (1, 2));
    let error = cart
        .add_all(vec![item("c"), item("")])
        .await
        .expect_err("an empty id");
    assert!(matches!(
        error.domain(),
        Some(DomainError::InvalidName { .. })
    ));
    assert_eq!((shop.store.writes(), quantity(&cart, "c").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_of_one_cart_from_many_tasks_all_count() {
    // Two processes share the store, and each queues up its own edits.
    let store = MemoryCartStore::new();
    let [here, there] = [Carts::new(store.clone()), Carts::new(store)]
        .map(|carts| carts.cart(shopper(), "default").expect("a valid instance"));
    here.add(item("a")).await.expect("the first edit");
    let edits = (0..16).map(|task| {
        let cart = if task % 2 == 0 {
            here.clone()
        } else {
            there.clone()
        };
        tokio::spawn(async move {
            for _ in 0..25 {
                let more = ItemUpdate::new().quantity(QuantityChange::By(1));
                cart.update("a", more).await.expect("no conflict surfaces");
            }
        })
    });
    for edit in edits.collect::<Vec<_>>() {
        edit.await.expect("the task ends");
    }
    assert_eq!(quantity(&here, "a").await, 1 + 16 * 25);
}

#[tokio::test]
async fn edits_under_the_lock_find_their_lost_replies_too() {
    let shop = Shop::new();
    let carts = Carts::builder(shop.store.clone())
        .lock_for_update(true)
        .build();
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    cart.add(item("a")).await.expect("an edit under the lock");
    cart.add(item("a")).await.expect("the lock was given back");
    assert_eq!(quantity(&cart, "a").await, 2);
}

#[tokio::test]
async fn an_idempotency_key_makes_an_edit_once() {
    let shop = Shop::new();
    let cart = shop.cart();
    let once = IdempotencyKey::new("request-1", &"add a").expect("a valid key");
    let add = || cart.edit_once(&once, |cart| cart.add(item("a")));
    assert!(add().await.expect("the first call").value.is_some());
    assert!(add().await.expect("the same call").value.is_none());
    assert_eq!(quantity(&cart, "a").await, 1);

    let other = IdempotencyKey::new("request-1", &"add b").expect("a valid key");
    let error = cart
        .edit_once(&other, |cart| cart.add(item("b")))
        .await
        .expect_err("another request");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(quantity(&cart, "b").await, 0);
}

#[tokio::test]
async fn an_idempotency_key_survives_sixteen_later_ones_and_no_more() {
    let shop = Shop::new();
    let cart = shop.cart();
    let key = |number: usize| IdempotencyKey::new(format!("{number}"), &number).expect("a key");
    for number in 0..17 {
        cart.edit_once(&key(number), |cart| cart.add(item("a")))
            .await
            .expect("an edit");
    }
    let repeat = |number| {
        let cart = cart.clone();
        async move {
            cart.edit_once(&key(number), |cart| cart.add(item("a")))
                .await
        }
    };
    assert!(repeat(1).await.expect("still remembered").value.is_none());
    assert!(repeat(0).await.expect("forgotten").value.is_some());
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<(Version, Vec<Event>)>>);

impl Observer for Heard {
    fn notice(&self, notice: &Notice<'_>) {
        self.0
            .lock()
            .expect("no panic")
            .push((notice.version, notice.events.to_vec()));
    }
}

#[tokio::test]
async fn observers_hear_of_an_edit_once_and_only_after_it_is_acknowledged() {
    let shop = Shop::new();
    let heard = Arc::new(Heard::default());
    let observer = Arc::clone(&heard) as Arc<dyn Observer>;
    let carts = Carts::builder(shop.store.clone())
        .observer(observer)
        .build();
    let cart = carts.cart(shopper(), "default").expect("a valid instance");

    shop.store.plan([Fault::unreachable()]);
    cart.add(item("a")).await.expect_err("nothing was written");
    assert!(heard.0.lock().expect("no panic").is_empty());

    shop.store.plan([shop.overtaken("b"), Fault::lose_reply()]);
    let edited = cart.add(item("a")).await.expect("the edit in the end");
    let heard = heard.0.lock().expect("no panic");
    let [(version, events)] = &heard[..] else {
        panic!("heard {heard:?}")
    };
    assert_eq!(Some(*version), edited.snapshot.version());
    assert_eq!(*events, edited.events);
    // The payload is the cart as it was written, the other device's item included.
    let [Event::ItemAdded { .. }, Event::CartUpdated { summary }] = &events[..] else {
        panic!("heard {events:?}")
    };
    assert_eq!((summary.lines, summary.total), (2, 500));
}

#[tokio::test]
async fn the_first_write_creates_the_cart_and_says_so() {
    let shop = Shop::new();
    let created = shop.cart().add(item("a")).await.expect("an edit").events;
    assert!(matches!(
        created[..],
        [Event::CartCreated { .. }, .., Event::CartUpdated { .. }]
    ));
    let updated = shop
        .cart()
        .set_metadata("gift", Json::parse("true").expect("JSON"))
        .await;
    let updated = updated.expect("an edit").events;
    assert!(matches!(
        updated[..],
        [Event::MetadataSet { .. }, Event::CartUpdated { .. }]
    ));
}

#[tokio::test]
async fn a_cart_over_a_lowered_limit_can_be_read_and_shrunk() {
    let store = MemoryCartStore::new();
    let roomy = Carts::new(store.clone());
    let cart = roomy.cart(shopper(), "default").expect("a valid instance");
    cart.add_all(vec![item("a"), item("b"), item("c")])
        .await
        .expect("three lines");

    let mut limits = Limits::default();
    limits.lines = 1;
    let tight = Carts::builder(store).limits(limits).build();
    let cart = tight.cart(shopper(), "default").expect("a valid instance");
    assert_eq!(quantity(&cart, "c").await, 1);
    let error = cart.add(item("d")).await.expect_err("one line more");
    assert!(matches!(
        error.domain(),
        Some(DomainError::LimitExceeded { .. })
    ));
    assert!(cart.remove("c").await.expect("it shrinks").value.is_some());
}

#[tokio::test]
async fn what_cant_be_read_is_left_alone() {
    let store = MemoryCartStore::new();
    let carts = Carts::new(store.clone());
    let key = CartKey::new(shopper(), Instance::default());
    let damaged = |items: &str, format| {
        let mut record = CartRecord::new(Version::first(7), Timestamp::from_millis(0));
        record.parts.items = items.into();
        record.header.format = format;
        record
    };
    for (record, kind) in [
        (damaged("[{\"id\":", 1), ErrorKind::Corrupt),
        (damaged("[]", 2), ErrorKind::NewerFormat),
    ] {
        let request = SaveRequest::new(key.clone(), record.clone(), Expect::Any);
        store.save(&request).await.expect("planted");
        let cart = carts.cart_of(key.clone());
        let error = cart
            .add(item("a"))
            .await
            .expect_err("the cart can't be read");
        assert_eq!(error.kind(), kind);
        let stored = store
            .load(&LoadRequest::new(key.clone()))
            .await
            .expect("it loads");
        assert_eq!(stored, Stored::Live(record));
        assert!(cart.forget().await.expect("it can be deleted"));
        assert_eq!(
            store
                .scan(&tombstones())
                .await
                .expect("a list")
                .entries
                .len(),
            1
        );
    }
}

fn tombstones() -> ScanRequest {
    let mut request = ScanRequest::new(10);
    request.select = Select::Tombstones;
    request
}

#[tokio::test]
async fn a_cart_made_again_goes_on_with_the_sequence() {
    let shop = Shop::new();
    let cart = shop.cart();
    let first = cart
        .add(item("a"))
        .await
        .expect("an edit")
        .snapshot
        .version()
        .expect("a version");
    assert!(cart.forget().await.expect("deleted"));
    let again = cart
        .add(item("a"))
        .await
        .expect("an edit")
        .snapshot
        .version()
        .expect("a version");
    assert_eq!((first.sequence(), again.sequence()), (1, 3));
}

#[tokio::test]
async fn an_idempotent_edit_without_effect_has_none_later_either() {
    let shop = Shop::new();
    let cart = shop.cart();
    cart.add(item("b")).await.expect("an edit");
    let once = IdempotencyKey::new("request-1", &"remove a").expect("a valid key");
    let remove = || cart.edit_once(&once, |cart| Ok(cart.remove("a")));
    assert_eq!(remove().await.expect("nothing to remove").value, Some(None));
    cart.add(item("a")).await.expect("an edit");
    assert_eq!(remove().await.expect("the same call").value, None);
    assert_eq!(quantity(&cart, "a").await, 1);
}

#[tokio::test]
async fn a_write_under_a_later_policy_does_not_end_an_old_cart() {
    let shop = Shop::new();
    shop.cart().add(item("a")).await.expect("an edit");
    let day = Duration::from_secs(24 * 60 * 60);
    shop.clock.0.advance(day * 3);
    let carts = Carts::builder(shop.store.clone())
        .clock(Arc::clone(&shop.clock) as _)
        .expiry(ExpiryPolicy::after(day, RenewOn::Creation))
        .build();
    let cart = carts.cart(shopper(), "default").expect("a valid instance");
    cart.add(item("a")).await.expect("an edit");
    assert_eq!(quantity(&cart, "a").await, 2);
}

#[tokio::test]
async fn an_edit_that_met_a_conflict_looks_no_older_cart_up() {
    let shop = Shop::new();
    shop.cart().add(item("a")).await.expect("an edit");
    let elsewhere = shop.carts(|carts| carts).cart(shopper(), "default");
    let elsewhere = elsewhere.expect("a valid instance");
    elsewhere.add(item("b")).await.expect("an edit");
    // A replica that never catches up: without the version of the conflict, no edit would end.
    let lagging = shop.store.inject(Fault::stale());
    shop.cart().add(item("c")).await.expect("an edit");
    lagging.end();
    let cart = shop.elsewhere();
    for id in ["a", "b", "c"] {
        assert_eq!(quantity(&cart, id).await, 1, "{id}");
    }
}

#[tokio::test]
async fn an_edit_of_a_version_that_is_gone_changes_nothing_and_shows_the_current_cart() {
    let shop = Shop::new();
    let cart = shop.cart();
    let missing = cart
        .edit_if(&Precondition::Exists, None, |cart| cart.add(item("a")))
        .await
        .expect_err("there is none");
    assert_eq!(missing.kind(), ErrorKind::Conflict);

    let seen = cart.add(item("a")).await.expect("an edit").snapshot;
    let seen = Precondition::OneOf(vec![seen.version().expect("a version")]);
    let once = IdempotencyKey::new("request-1", &"add a").expect("a key");
    let edited = cart
        .edit_if(&seen, Some(&once), |cart| cart.add(item("a")))
        .await;
    assert!(edited.expect("the version that was seen").value.is_some());
    let stale = cart
        .edit_if(&seen, None, |cart| cart.add(item("a")))
        .await
        .expect_err("the version is gone");
    let conflict = stale.conflict().expect("a conflict");
    assert!(conflict.is_minor() && conflict.current().is_some());
    // The call that was made is made, whatever has become of the version that it was about.
    let repeated = cart
        .edit_if(&seen, Some(&once), |cart| cart.add(item("a")))
        .await;
    assert!(repeated.expect("it was made before").value.is_none());
    assert_eq!(quantity(&cart, "a").await, 2);
}
