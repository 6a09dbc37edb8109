//! What was replaced or deleted is kept while the audit is on, once each and in order.

use std::collections::BTreeMap;

use cart_core::{
    CartKey, CartRecord, Carts, Expect, LoadRequest, NewItem, Owner, Rename, SaveRequest, Version,
};
use cart_store_db::{History, PastVersion};
use cart_testkit::{SeededRandomness, records};

use crate::shop::{Shop, at, key};

on_each_database!(
    every_version_is_kept_once_and_in_order,
    nothing_is_kept_while_the_audit_is_off,
    the_switch_can_be_thrown_again_and_again,
    what_was_kept_stays_when_the_audit_ends,
    old_versions_are_purged_by_the_time_of_their_replacement,
    an_erased_owner_leaves_no_version_behind,
    one_version_is_shown_whole,
);

/// The past versions of a cart, read in small pages.
async fn versions(history: &History, key: &CartKey) -> Vec<PastVersion> {
    let mut versions: Vec<PastVersion> = Vec::new();
    loop {
        let after = versions.last().map(|version| version.number);
        let page = history.versions(key, after, 3).await.expect("a page");
        let is_last = page.len() < 3;
        versions.extend(page);
        if is_last {
            return versions;
        }
    }
}

/// A shop whose carts are written by the store's own calls, and what its history must hold.
struct Written {
    shop: Shop,
    random: SeededRandomness,
    stored: BTreeMap<CartKey, CartRecord>,
    past: BTreeMap<CartKey, Vec<CartRecord>>,
    millis: i64,
}

impl Written {
    fn new(shop: Shop) -> Self {
        Self {
            shop,
            random: SeededRandomness::new(11),
            stored: BTreeMap::new(),
            past: BTreeMap::new(),
            millis: 0,
        }
    }

    fn some_key(&self) -> CartKey {
        let identifier = ["a", "A", "a ", "\u{e9}\0%"][self.random.below(4)];
        key("", "user", identifier, "default")
    }

    fn next_record(&self, key: &CartKey) -> CartRecord {
        let write_id = u64::try_from(self.random.below(usize::MAX)).unwrap_or(1);
        let version = match self.stored.get(key) {
            Some(record) => record.header.version.next(write_id).expect("a version"),
            None => Version::first(write_id),
        };
        records::tagged(version, at(self.millis), write_id)
    }

    fn expect(&self, key: &CartKey) -> Expect {
        let stored = self.stored.get(key);
        stored.map_or(Expect::Absent, |record| {
            Expect::Version(record.header.version)
        })
    }

    fn replaced(&mut self, key: &CartKey, record: Option<CartRecord>) {
        let old = match record {
            Some(record) => self.stored.insert(key.clone(), record),
            None => self.stored.remove(key),
        };
        self.past.entry(key.clone()).or_default().extend(old);
    }

    async fn save(&mut self, key: CartKey, record: CartRecord) {
        let request = SaveRequest::new(key.clone(), record.clone(), self.expect(&key));
        self.shop.store.save(&request).await.expect("a save");
        // The same save again is no further version.
        self.shop.store.save(&request).await.expect("a save");
        self.replaced(&key, Some(record));
    }

    async fn save_batch(&mut self, key: CartKey) {
        let record = self.next_record(&key);
        let request = SaveRequest::new(key.clone(), record.clone(), self.expect(&key));
        let answers = self.shop.store.save_many(&[request]).await;
        answers.expect("answers").remove(0).expect("a save");
        self.replaced(&key, Some(record));
    }

    async fn delete(&mut self, key: CartKey) {
        let record = self.next_record(&key);
        let expires_at = Some(at(self.millis + 50));
        let tombstone = record.tombstone(record.header.version, at(self.millis), expires_at);
        self.save(key, tombstone).await;
    }

    async fn rename(&mut self, from: CartKey, to: CartKey) {
        let is_live = |record: &&CartRecord| !record.is_tombstone();
        let Some(source) = self.stored.get(&from).filter(is_live).cloned() else {
            return;
        };
        if from == to {
            return;
        }
        let last = self.next_record(&from);
        let mut record = source.clone();
        record.header.version = self.next_record(&to).header.version;
        record.header.updated_at = at(self.millis);
        let rename = Rename {
            from: from.clone(),
            expect_from: source.header.version,
            tombstone: last.tombstone(
                last.header.version,
                at(self.millis),
                Some(at(self.millis + 50)),
            ),
            to: to.clone(),
            expect_to: self.expect(&to),
            record,
        };
        self.shop.store.rename(&rename).await.expect("a rename");
        self.replaced(&from, Some(rename.tombstone));
        self.replaced(&to, Some(rename.record));
    }

    async fn renew(&self, key: CartKey) {
        let mut request = LoadRequest::new(key);
        request.renew = Some(at(self.millis + 1_000_000));
        self.shop.store.load(&request).await.expect("an answer");
    }

    async fn sweep(&mut self) {
        self.shop.store.sweep(100).await.expect("a sweep");
        let now = at(self.millis);
        let is_due = |(_, record): &(&CartKey, &CartRecord)| record.is_expired(now);
        let due: Vec<CartKey> = self
            .stored
            .iter()
            .filter(is_due)
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            self.replaced(&key, None);
        }
    }

    async fn step(&mut self) {
        self.shop.advance(10);
        self.millis += 10;
        // What has expired is absent, and the rules for it are the suite's matter.
        self.sweep().await;
        let key = self.some_key();
        match self.random.below(8) {
            0..3 => {
                let record = self.next_record(&key);
                self.save(key, record).await;
            }
            3 => self.save_batch(key).await,
            4 => self.delete(key).await,
            5 => self.rename(key, self.some_key()).await,
            6 => self.renew(key).await,
            _ => self.sweep().await,
        }
    }
}

async fn every_version_is_kept_once_and_in_order(shop: Shop) {
    let history = shop.database.history();
    history.switch(true).await.expect("on");
    let mut written = Written::new(shop);
    for _ in 0..300 {
        written.step().await;
    }
    let mut kept = 0;
    for (key, past) in &written.past {
        let found = versions(&history, key).await;
        let mut records: Vec<CartRecord> = found.iter().map(|past| past.record.clone()).collect();
        assert!(found.iter().all(|past| past.key == *key));
        // A renewal moves the expiry of what is stored, and the oracle doesn't follow it.
        for (record, expected) in records.iter_mut().zip(past) {
            record.header.expires_at = expected.header.expires_at;
        }
        assert_eq!(&records, past);
        kept += past.len();
    }
    assert!(kept > 100, "{kept}");
}

async fn nothing_is_kept_while_the_audit_is_off(shop: Shop) {
    let history = shop.database.history();
    assert!(!history.is_on().await.expect("an answer"));
    let mut written = Written::new(shop);
    for _ in 0..50 {
        written.step().await;
    }
    for key in written.past.keys() {
        assert_eq!(versions(&history, key).await, []);
    }
}

async fn the_switch_can_be_thrown_again_and_again(shop: Shop) {
    let history = shop.database.history();
    for on in [true, true, false, false, true] {
        history.switch(on).await.expect("a switch");
        assert_eq!(history.is_on().await.expect("an answer"), on);
    }
}

/// Writes a cart `writes` times, 10 milliseconds apart from the start on.
async fn write(shop: Shop, writes: usize) -> (Written, CartKey) {
    let mut written = Written::new(shop);
    let key = key("", "user", "42", "default");
    for _ in 0..writes {
        let record = written.next_record(&key);
        written.save(key.clone(), record).await;
        written.shop.advance(10);
        written.millis += 10;
    }
    (written, key)
}

async fn what_was_kept_stays_when_the_audit_ends(shop: Shop) {
    let history = shop.database.history();
    history.switch(true).await.expect("on");
    let (mut written, key) = write(shop, 3).await;
    history.switch(false).await.expect("off");
    let record = written.next_record(&key);
    written.save(key.clone(), record).await;
    assert_eq!(versions(&history, &key).await.len(), 2);
}

async fn old_versions_are_purged_by_the_time_of_their_replacement(shop: Shop) {
    let history = shop.database.history();
    history.switch(true).await.expect("on");
    // Replaced at 10, 20, 30 and 40.
    let (_written, key) = write(shop, 5).await;
    assert_eq!(
        history.purge(at(10)).await.expect("a purge"),
        0,
        "strictly before"
    );
    assert_eq!(history.purge(at(30)).await.expect("a purge"), 2);
    let left = versions(&history, &key).await;
    let left: Vec<_> = left.iter().map(|past| past.replaced_at).collect();
    assert_eq!(left, [at(30), at(40)]);
}

async fn an_erased_owner_leaves_no_version_behind(shop: Shop) {
    let history = shop.database.history();
    history.switch(true).await.expect("on");
    let carts = Carts::builder(std::sync::Arc::clone(&shop.store)).build();
    let price = cart_core::Currency::parse("USD").map(|usd| cart_core::Money::new(5, usd));
    let price = price.expect("a price");
    for owner in ["42", "43"] {
        for instance in ["default", "wishlist"] {
            let owner = Owner::user(owner).expect("an owner");
            let cart = carts.cart(owner, instance).expect("a cart");
            for item in ["tea", "cup"] {
                cart.add(NewItem::new(item, item, price))
                    .await
                    .expect("an edit");
            }
        }
    }
    let owner = Owner::user("42").expect("an owner");
    carts.erase(&owner).await.expect("erased");
    for (identifier, left) in [("42", 0), ("43", 1)] {
        for instance in ["default", "wishlist"] {
            let key = key("", "user", identifier, instance);
            assert_eq!(versions(&history, &key).await.len(), left, "{identifier}");
        }
    }
    let other = Owner::user("43").expect("an owner");
    assert_eq!(history.erase(&other).await.expect("erased"), 2);
    assert_eq!(history.erase(&other).await.expect("erased"), 0);
}

async fn one_version_is_shown_whole(shop: Shop) {
    let history = shop.database.history();
    history.switch(true).await.expect("on");
    let (written, key) = write(shop, 3).await;
    let second = &written.past[&key][1];
    let found = history.version(&key, second.header.version).await;
    assert_eq!(
        found.expect("an answer").map(|past| past.record).as_ref(),
        Some(second)
    );
    let unknown = history.version(&key, Version::first(1)).await;
    assert_eq!(unknown.expect("an answer"), None);
}
