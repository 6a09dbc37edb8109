use std::sync::Arc;

use cart_core::{
    BuiltInStrategy, CartHandle, Carts, Condition, ConditionKind, DomainError, ErrorKind, Instance,
    Item, Json, MemoryCartStore, MergeStrategy, Money, NewItem, OnExisting, Owner, Target,
    Transfer,
};

use crate::{Shop, item, overtaken, quantity, shopper};

fn guest() -> Owner {
    Owner::guest("0f0e").expect("a valid owner")
}

fn strategy(strategy: BuiltInStrategy) -> Arc<dyn MergeStrategy> {
    Arc::new(strategy)
}

fn adding() -> OnExisting {
    OnExisting::Merge(strategy(BuiltInStrategy::AddQuantities))
}

impl Shop {
    fn guest_cart(&self) -> CartHandle {
        self.carts
            .cart(guest(), "default")
            .expect("a valid instance")
    }

    async fn transfer(&self, on_existing: &OnExisting) -> cart_core::Result<Transfer> {
        self.carts
            .transfer(&guest(), &shopper(), &Instance::default(), on_existing)
            .await
    }
}

#[tokio::test]
async fn a_cart_moves_with_everything_and_its_version_moves_forward() {
    let shop = Shop::new();
    let from = shop.guest_cart();
    from.add(item("a").attribute("size", Json::parse("1.10").expect("JSON")))
        .await
        .expect("an edit");
    from.set_metadata("gift", Json::parse("\"yes\"").expect("JSON"))
        .await
        .expect("an edit");
    let before = from.load().await.expect("it loads");

    assert_eq!(
        shop.transfer(&OnExisting::Refuse).await.expect("it moves"),
        Transfer::Moved
    );
    let after = shop.cart().load().await.expect("it loads");
    assert_eq!(
        after.cart().expect("a cart"),
        before.cart().expect("a cart")
    );
    assert!(
        after.version().expect("a version").sequence() > before.version().expect("one").sequence()
    );
    assert!(!from.load().await.expect("it loads").exists());
    assert_eq!(
        shop.transfer(&OnExisting::Refuse).await.expect("no error"),
        Transfer::Absent
    );
}

#[tokio::test]
async fn an_existing_cart_is_refused_replaced_or_merged_as_asked() {
    for (on_existing, expected) in [
        (OnExisting::Refuse, None),
        (OnExisting::Replace, Some((1, 0))),
        (adding(), Some((1, 1))),
    ] {
        let shop = Shop::new();
        shop.guest_cart().add(item("a")).await.expect("an edit");
        shop.cart().add(item("b")).await.expect("an edit");
        let moved = shop.transfer(&on_existing).await;
        let found = (
            quantity(&shop.cart(), "a").await,
            quantity(&shop.cart(), "b").await,
        );
        if let Some(expected) = expected {
            moved.expect("it moves");
            assert_eq!(found, expected);
            assert!(!shop.guest_cart().load().await.expect("it loads").exists());
        } else {
            assert_eq!(
                moved.expect_err("it is in the way").kind(),
                ErrorKind::Conflict
            );
            assert_eq!(
                (found, quantity(&shop.guest_cart(), "a").await),
                ((0, 1), 1)
            );
        }
    }
}

#[tokio::test]
async fn a_transfer_onto_itself_changes_nothing() {
    let shop = Shop::new();
    let before = shop
        .cart()
        .add(item("a"))
        .await
        .expect("an edit")
        .snapshot
        .version();
    let onto_itself = shop
        .carts
        .swap_identifier(
            &shopper(),
            &shopper(),
            &Instance::default(),
            &OnExisting::Replace,
        )
        .await;
    assert!(onto_itself.expect("no error"));
    assert_eq!(
        shop.cart().load().await.expect("it loads").version(),
        before
    );
}

#[tokio::test]
async fn a_merge_whose_reply_is_lost_is_made_once() {
    let shop = Shop::new();
    shop.guest_cart().add(item("a")).await.expect("an edit");
    shop.cart().add(item("a")).await.expect("an edit");
    shop.store.plan([shop.lost_and_overtaken("b", 1)]);
    let merged = shop.transfer(&adding()).await.expect("it was applied");
    assert!(matches!(merged, Transfer::Merged(_)));
    assert_eq!(
        (
            quantity(&shop.cart(), "a").await,
            quantity(&shop.cart(), "b").await
        ),
        (2, 1)
    );
    assert_eq!(
        shop.transfer(&adding()).await.expect("no error"),
        Transfer::AlreadyMerged
    );
    assert_eq!(quantity(&shop.cart(), "a").await, 2);
}

#[tokio::test]
async fn an_edit_of_either_cart_during_the_merge_is_not_lost() {
    for edited in [guest(), shopper()] {
        let shop = Shop::new();
        shop.guest_cart().add(item("a")).await.expect("an edit");
        shop.cart().add(item("b")).await.expect("an edit");
        let elsewhere = Carts::new(shop.store.inner());
        let late = elsewhere.cart(edited, "default").expect("a valid instance");
        shop.store.plan([overtaken(late, "c")]);
        shop.transfer(&adding()).await.expect("it merges");
        let cart = shop.cart();
        let found = [
            quantity(&cart, "a").await,
            quantity(&cart, "b").await,
            quantity(&cart, "c").await,
        ];
        assert_eq!(found, [1, 1, 1]);
    }
}

#[tokio::test]
async fn a_merge_that_fails_leaves_both_carts_as_they_were() {
    let shop = Shop::new();
    shop.guest_cart().add(item("a")).await.expect("an edit");
    let euros = Money::new(100, cart_core::Currency::parse("EUR").expect("a currency"));
    shop.cart()
        .add(NewItem::new("b", "Item b", euros))
        .await
        .expect("an edit");
    let error = shop.transfer(&adding()).await.expect_err("two currencies");
    assert!(matches!(
        error.domain(),
        Some(DomainError::CurrencyMismatch { .. })
    ));
    assert_eq!(
        (
            quantity(&shop.guest_cart(), "a").await,
            quantity(&shop.cart(), "b").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn every_instance_of_a_guest_is_merged() {
    let shop = Shop::new();
    let instance = |owner, name| shop.carts.cart(owner, name).expect("a valid instance");
    instance(guest(), "default")
        .add(item("a"))
        .await
        .expect("an edit");
    instance(guest(), "wishlist")
        .add(item("b"))
        .await
        .expect("an edit");
    instance(shopper(), "wishlist")
        .add(item("b"))
        .await
        .expect("an edit");
    // A cart of conditions alone counts as well.
    let fee = Condition::fee("gift wrap", "100", crate::dollars(0).currency());
    instance(guest(), "later")
        .apply(fee.expect("a fee"))
        .await
        .expect("an edit");

    let merged = shop
        .carts
        .merge(
            &guest(),
            &shopper(),
            strategy(BuiltInStrategy::AddQuantities),
        )
        .await;
    let merged: Vec<(String, bool)> = merged
        .and_then(cart_core::Transfers::all_done)
        .expect("all merge")
        .into_iter()
        .map(|merged| {
            (
                merged.instance.to_string(),
                matches!(merged.transfer, Transfer::Merged(_)),
            )
        })
        .collect();
    let expected = [("default", false), ("later", false), ("wishlist", true)];
    assert_eq!(
        merged,
        expected.map(|(name, merged)| (name.to_owned(), merged))
    );
    assert_eq!(quantity(&instance(shopper(), "wishlist"), "b").await, 2);
    assert_eq!(
        instance(shopper(), "later")
            .conditions()
            .await
            .expect("it loads")
            .len(),
        1
    );
    assert!(
        shop.carts
            .instances(&guest())
            .await
            .expect("a list")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_logins_at_once_merge_once() {
    for _ in 0..50 {
        let store = MemoryCartStore::new();
        let carts = Carts::new(store.clone());
        let cart_of = |owner| carts.cart(owner, "default").expect("a valid instance");
        cart_of(guest())
            .add(item("a").quantity(3))
            .await
            .expect("an edit");
        cart_of(shopper()).add(item("a")).await.expect("an edit");
        let logins: Vec<_> = (0..4)
            .map(|_| {
                // Each login comes from another process, which shares the store and no queue.
                let carts = Carts::new(store.clone());
                tokio::spawn(async move {
                    carts
                        .transfer(&guest(), &shopper(), &Instance::default(), &adding())
                        .await
                })
            })
            .collect();
        let mut merges = 0;
        for login in logins {
            match login
                .await
                .expect("the task ends")
                .expect("no error surfaces")
            {
                Transfer::Merged(_) => merges += 1,
                other => assert_eq!(other, Transfer::AlreadyMerged),
            }
        }
        assert_eq!((merges, quantity(&cart_of(shopper()), "a").await), (1, 4));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn crossing_transfers_end_and_keep_every_item_in_one_cart() {
    let carts = Carts::new(MemoryCartStore::new());
    let cart_of = |owner| carts.cart(owner, "default").expect("a valid instance");
    cart_of(guest()).add(item("a")).await.expect("an edit");
    cart_of(shopper()).add(item("b")).await.expect("an edit");
    let transfers: Vec<_> = (0..8)
        .map(|task| {
            let carts = carts.clone();
            tokio::spawn(async move {
                let (from, to) = if task % 2 == 0 {
                    (guest(), shopper())
                } else {
                    (shopper(), guest())
                };
                for _ in 0..25 {
                    carts
                        .transfer(&from, &to, &Instance::default(), &adding())
                        .await
                        .expect("it ends");
                }
            })
        })
        .collect();
    for transfer in transfers {
        transfer.await.expect("the task ends");
    }
    for id in ["a", "b"] {
        let total = quantity(&cart_of(shopper()), id).await + quantity(&cart_of(guest()), id).await;
        assert_eq!(total, 1, "{id}");
    }
}

#[tokio::test]
async fn the_line_condition_of_a_guest_moves_along() {
    let shop = Shop::new();
    let half = cart_core::Adjustment::parse("-50%", crate::dollars(0).currency()).expect("one");
    let condition = Condition::new("sale", ConditionKind::Discount, Target::Item, half);
    shop.guest_cart()
        .add(item("a").condition(condition.expect("one")))
        .await
        .expect("an edit");
    shop.transfer(&adding()).await.expect("it moves");
    let items = shop.cart().items().await.expect("it loads");
    assert_eq!(
        items
            .get("a")
            .map(Item::conditions)
            .map(cart_core::Conditions::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_cart_that_cant_be_merged_does_not_keep_the_others() {
    let shop = Shop::new();
    let instance = |owner, name| shop.carts.cart(owner, name).expect("a valid instance");
    let euros = Money::new(100, cart_core::Currency::parse("EUR").expect("a currency"));
    let foreign = NewItem::new("a", "Item a", euros);
    instance(guest(), "a quote")
        .add(foreign)
        .await
        .expect("an edit");
    instance(shopper(), "a quote")
        .add(item("a"))
        .await
        .expect("an edit");
    instance(guest(), "default")
        .add(item("b"))
        .await
        .expect("an edit");
    let adding = strategy(BuiltInStrategy::AddQuantities);
    let merged = shop.carts.merge(&guest(), &shopper(), adding).await;
    let merged = merged.expect("a list");
    let done: Vec<_> = merged
        .done
        .iter()
        .map(|done| done.instance.as_str())
        .collect();
    assert_eq!(done, ["default"]);
    let [failed] = &merged.failed[..] else {
        panic!("one is in two currencies: {merged:?}");
    };
    assert_eq!(
        (failed.instance.as_str(), failed.error.kind()),
        ("a quote", ErrorKind::Domain)
    );
    assert_eq!(quantity(&shop.cart(), "b").await, 1);
}

#[tokio::test]
async fn an_idempotency_key_moves_along_with_a_merged_cart() {
    let shop = Shop::new();
    let once = cart_core::IdempotencyKey::new("request-1", &"add a").expect("a valid key");
    let added = shop
        .guest_cart()
        .edit_once(&once, |cart| cart.add(item("a")))
        .await;
    added.expect("the first call");
    shop.cart().add(item("b")).await.expect("an edit");
    shop.transfer(&adding()).await.expect("it merges");
    let again = shop
        .cart()
        .edit_once(&once, |cart| cart.add(item("a")))
        .await;
    assert!(again.expect("the same call").value.is_none());
    assert_eq!(quantity(&shop.cart(), "a").await, 1);
}
