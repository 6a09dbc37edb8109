//! What shoppers do.

use std::sync::Arc;

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, LoadRequest, RecordState, Rename, Result,
    SaveRequest, Stored, Version,
};

use crate::world::{World, cart, items, keys};

/// A shopper, whose calls go through one process.
#[derive(Clone)]
pub(crate) struct Shopper {
    pub(crate) world: World,
    pub(crate) store: Arc<dyn CartStore>,
}

/// How often a shopper tries to write a cart that others write, too.
const TRIES: usize = 8;

impl Shopper {
    /// Does a few things, one after the other.
    pub(crate) async fn shop(self, times: usize) {
        for _ in 0..times {
            let keys = keys();
            let key = &keys[self.world.chance.below(2)];
            match self.world.chance.below(6) {
                0 => self.delete(key).await,
                1 => self.rename(&keys[0], &keys[1]).await,
                _ => self.add(key).await,
            }
        }
    }

    pub(crate) async fn add(&self, key: &CartKey) {
        let item = self.world.chance.next() >> 16;
        for _ in 0..TRIES {
            let Ok(stored) = self.load(key).await else {
                return;
            };
            let mut content = match &stored {
                Stored::Live(record) if record.header.state == RecordState::Live => items(record),
                Stored::Live(_) => return,
                Stored::Missing | Stored::Tombstone(_) => Vec::new(),
            };
            content.push(item);
            let record = cart(self.next(&stored), &content);
            self.world.told().sent.insert(item);
            match self.save(key, record, &stored).await {
                Ok(()) => {
                    self.world.told().added.insert(item);
                    return;
                }
                Err(ErrorKind::Conflict) => {}
                Err(_) => return,
            }
        }
    }

    async fn delete(&self, key: &CartKey) {
        let Ok(Stored::Live(record)) = self.load(key).await else {
            return;
        };
        let gone = items(&record);
        let stored = Stored::Live(record.clone());
        let tombstone = record.tombstone(self.next(&stored), record.header.updated_at, None);
        self.world.told().perhaps_deleted.extend(&gone);
        let answer = self.save(key, tombstone, &stored).await;
        if answer.is_ok() {
            self.world.told().deleted.extend(gone);
        }
    }

    async fn rename(&self, from: &CartKey, to: &CartKey) {
        let (Ok(Stored::Live(record)), Ok(target)) = (self.load(from).await, self.load(to).await)
        else {
            return;
        };
        let mut content = items(&record);
        if let Stored::Live(target) = &target {
            content.extend(items(target));
        }
        let stored = Stored::Live(record.clone());
        let tombstone = record.tombstone(self.next(&stored), record.header.updated_at, None);
        let newest = stored.version().max(target.version());
        let version = newest.map(|version| version.next(self.world.chance.next()));
        let version = version.expect("a version").expect("a version");
        let rename = Rename {
            from: from.clone(),
            expect_from: record.header.version,
            tombstone,
            to: to.clone(),
            expect_to: target.version().map_or(Expect::Absent, Expect::Version),
            record: cart(version, &content),
        };
        let _ = self.store.rename(&rename).await;
    }

    async fn load(&self, key: &CartKey) -> Result<Stored> {
        self.store.load(&LoadRequest::new(key.clone())).await
    }

    async fn save(
        &self,
        key: &CartKey,
        record: CartRecord,
        over: &Stored,
    ) -> Result<(), ErrorKind> {
        let expect = over.version().map_or(Expect::Absent, Expect::Version);
        let request = SaveRequest::new(key.clone(), record, expect);
        self.store
            .save(&request)
            .await
            .map_err(|error| error.kind())
    }

    fn next(&self, stored: &Stored) -> Version {
        let id = self.world.chance.next();
        match stored.version() {
            Some(version) => version.next(id).expect("a version"),
            None => Version::first(id),
        }
    }
}
