//! The other store hears of a write.

use cart_core::{CartKey, CartRecord, Expect, Result, SaveRequest};

use super::fence::{found, load, replace};
use super::form::{Found, moved, unmarked};
use super::{DualWriteStore, Side};

impl DualWriteStore {
    /// Tells the other store of a write that `home` has acknowledged, and takes its mark off. What
    /// can't be told now stays marked.
    pub(super) async fn tell(&self, home: Side, key: &CartKey, record: &CartRecord) {
        let told = match home {
            Side::Old => self.tell_new(key, record).await.map(|()| true),
            Side::New => self.tell_old(key, record).await,
        };
        let counters = &self.shared.counters;
        match told {
            Ok(true) => {
                counters.mirrored.count();
                // A mark that stays costs another visit of the drain, and nothing else.
                let version = record.header.version;
                let _ = self.pair().at(home).unmark(key, version).await;
            }
            Ok(false) | Err(_) => counters.owed.count(),
        }
    }

    /// The new store follows: it takes the version if its own is older.
    pub(super) async fn tell_new(&self, key: &CartKey, record: &CartRecord) -> Result<()> {
        let request = SaveRequest::new(key.clone(), unmarked(record.clone()), Expect::Older);
        self.pair().new.save(&request).await
    }

    /// The old store follows: its way mark brings what the cart is now. `false` when somebody else
    /// was writing, so that nobody knows which of both is the newer.
    ///
    /// The way mark is looked at before the cart: what the cart is then can't be older than it.
    pub(super) async fn tell_old(&self, key: &CartKey, record: &CartRecord) -> Result<bool> {
        let [old, new] = [&*self.pair().old, &*self.pair().new];
        let Found::Moved(way_mark) = found(old, key).await? else {
            // It has come back, and brought everything.
            return Ok(true);
        };
        let following = moved(record);
        if way_mark.header.version == following.header.version {
            return Ok(true);
        }
        if !self.expired(record) {
            let now = load(new, key).await?.version();
            if now != Some(record.header.version) {
                // What was written since has a mark of its own.
                return Ok(now.is_some());
            }
        }
        let expect = Expect::Version(way_mark.header.version);
        replace(old, key, following, expect).await
    }
}
