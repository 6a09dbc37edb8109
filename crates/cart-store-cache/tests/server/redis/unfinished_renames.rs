//! Renames across slots that a client left in the middle: each step is put there by hand, as it is
//! documented, and then somebody comes by.

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, LoadRequest, SaveRequest, ScanRequest,
    Stored, Timestamp,
};
use cart_store_cache::CacheCartStore;
use cart_testkit::servers::Redis;

use super::support::{config, create, creation, key, load, open, record_after, server, update};

/// How long a head is.
const HEAD: usize = 60;
const ATTEMPT: &str = "000000000000002a\n";

/// A rename of ann's cart to bob, and the values of which its steps are made.
struct Scene {
    server: Redis,
    store: CacheCartStore,
    from: CartKey,
    to: CartKey,
    tombstone: CartRecord,
    record: CartRecord,
    /// The values of the cart, the tombstone, and the cart to come.
    values: [String; 3],
}

fn place(key: &CartKey) -> String {
    let encoded = key.encode();
    let (owner, instance) = encoded.rsplit_once('/').expect("an instance");
    format!("cart:{{{owner}}}:{instance}")
}

impl Scene {
    async fn new() -> Self {
        let server = server().await;
        let store = open(config(&server)).await;
        let [from, to, aside] = ["ann", "bob", "aside"].map(key);
        let cart = create(&store, &from).await;
        let record = record_after(1);
        let version = record_after(1).header.version;
        let tombstone = cart.tombstone(version, Timestamp::from_millis(2), None);
        let mut values = Vec::new();
        for record in [&cart, &tombstone, &record] {
            let save = SaveRequest::new(aside.clone(), record.clone(), Expect::Any);
            store.save(&save).await.expect("a value");
            let value = server.command(&["GET", &place(&aside)]).await;
            values.push(value.expect("a value"));
        }
        server
            .command(&["DEL", &place(&aside)])
            .await
            .expect("gone");
        Self {
            server,
            store,
            from,
            to,
            tombstone,
            record,
            values: values.try_into().expect("three"),
        }
    }

    /// The value `shown` with a flag, and what stands behind it.
    fn flagged(shown: Option<&str>, flag: char, other: &CartKey, values: &[&str]) -> String {
        let nothing = "1-N0000000000000000000-000000000000000099999999999999999999\n";
        let (head, body) = shown.unwrap_or(nothing).split_at(HEAD);
        let lengths: Vec<usize> = values.iter().map(|value| value.len()).collect();
        format!(
            "1{flag}{}{ATTEMPT}{body}{{\"other\":\"{}\",\"lengths\":{lengths:?}}}\n{}",
            &head[2..],
            other.encode(),
            values.concat()
        )
    }

    async fn put(&self, key: &CartKey, value: &str) {
        let put = self.server.command(&["SET", &place(key), value]).await;
        put.expect("a value");
    }

    /// Leaves the rename as a client does that dies after this step.
    async fn leave_after(&self, step: usize) {
        let [cart, tombstone, record] = self.values.each_ref().map(String::as_str);
        let source = if step < 3 {
            Self::flagged(Some(cart), 'o', &self.to, &[tombstone, record])
        } else {
            Self::flagged(Some(tombstone), 'c', &self.to, &[])
        };
        self.put(&self.from, &source).await;
        match step {
            2 | 3 => {
                let target = Self::flagged(None, 'i', &self.from, &[record]);
                self.put(&self.to, &target).await;
            }
            4 => self.put(&self.to, record).await,
            _ => {}
        }
    }

    /// What somebody sees when the client died after this step.
    async fn is_seen_as_after(&self, step: usize) {
        let at_from = load(&self.store, &self.from).await.expect("the source");
        let at_to = load(&self.store, &self.to).await.expect("the target");
        if step < 3 {
            assert!(matches!(at_from, Stored::Live(_)), "step {step}");
            assert_eq!(at_to, Stored::Missing, "step {step}");
        } else {
            let left = Stored::Tombstone(self.tombstone.header.version);
            assert_eq!(at_from, left, "step {step}");
            assert_eq!(at_to, Stored::Live(self.record.clone()), "step {step}");
        }
    }

    async fn values(&self) -> [String; 2] {
        let value = async |key| {
            let value = self.server.command(&["GET", &place(key)]).await;
            value.expect("a value")
        };
        [value(&self.from).await, value(&self.to).await]
    }

    async fn is_finished(&self) {
        self.is_seen_as_after(5).await;
        for value in self.values().await {
            assert!(value.starts_with("1-"), "no flag is left");
        }
    }
}

#[tokio::test]
async fn whoever_reads_either_side_sees_the_cart_once_and_changes_nothing() {
    for step in 1..=4 {
        let scene = Scene::new().await;
        scene.leave_after(step).await;
        let before = scene.values().await;
        scene.is_seen_as_after(step).await;
        let page = scene.store.scan(&ScanRequest::new(10)).await;
        page.expect("a page");
        assert_eq!(scene.values().await, before, "step {step}");
        assert_eq!(scene.store.statistics().renames_settled, 0);
    }
}

#[tokio::test]
async fn whoever_writes_the_source_finishes_the_rename_and_is_told_of_it() {
    for step in 1..=4 {
        let scene = Scene::new().await;
        scene.leave_after(step).await;
        let stale = update(&scene.from, &record_after(0));
        let error = scene.store.save(&stale).await.expect_err("a conflict");
        assert_eq!(error.kind(), ErrorKind::Conflict, "step {step}: {error:?}");
        scene.is_finished().await;
    }
}

#[tokio::test]
async fn whoever_writes_the_target_finishes_the_rename_once_it_is_prepared() {
    for step in 2..=3 {
        let scene = Scene::new().await;
        scene.leave_after(step).await;
        let late = creation(&scene.to);
        let error = scene.store.save(&late).await.expect_err("a conflict");
        assert_eq!(error.kind(), ErrorKind::Conflict, "step {step}: {error:?}");
        scene.is_finished().await;
    }
}

#[tokio::test]
async fn a_load_that_renews_finishes_the_rename_and_renews_what_is_left() {
    let scene = Scene::new().await;
    scene.leave_after(2).await;
    let mut renewing = LoadRequest::new(scene.to.clone());
    renewing.renew = Some(Timestamp::MAX);
    let renewed = scene.store.load(&renewing).await.expect("the target");
    let mut expected = scene.record.clone();
    expected.header.expires_at = None;
    let mut renewed = renewed.into_live().expect("the cart");
    assert_eq!(renewed.header.expires_at.take(), Some(Timestamp::MAX));
    assert_eq!(renewed, expected);
}

#[tokio::test]
async fn sweeps_finish_what_was_left() {
    for step in 1..=4 {
        let scene = Scene::new().await;
        scene.leave_after(step).await;
        scene.store.sweep(1).await.expect("a sweep");
        scene.is_finished().await;
    }
}

#[tokio::test]
async fn what_a_client_that_woke_up_late_left_at_the_target_counts_for_nothing() {
    let scene = Scene::new().await;
    // The attempt was given up at its source, and the target prepared after that.
    let target = Scene::flagged(None, 'i', &scene.from, &[&scene.values[2]]);
    scene.put(&scene.to, &target).await;
    let found = load(&scene.store, &scene.to).await.expect("the target");
    assert_eq!(found, Stored::Missing);
    let found = load(&scene.store, &scene.from).await.expect("the source");
    assert!(matches!(found, Stored::Live(_)));
    let created = create(&scene.store, &scene.to).await;
    let found = load(&scene.store, &scene.to).await.expect("the target");
    assert_eq!(found, Stored::Live(created));
}

#[tokio::test]
async fn a_target_that_is_taken_meanwhile_keeps_its_cart_and_the_source_too() {
    let scene = Scene::new().await;
    scene.leave_after(1).await;
    let other = create(&scene.store, &scene.to).await;
    let found = load(&scene.store, &scene.from).await.expect("the source");
    let cart = found.into_live().expect("the cart");
    let update = update(&scene.from, &cart);
    scene.store.save(&update).await.expect("it stays here");
    let found = load(&scene.store, &scene.to).await.expect("the target");
    assert_eq!(found, Stored::Live(other));
}
