//! The fence: how a cart goes from one store to the other while others write to it.
//!
//! 1. In the store that it leaves, its record says that it is *moving*, by a write over exactly the
//!    version that was there. From here on nobody can write to it.
//! 2. The other store gets it, in place of whatever it has: the new one under the version that it had,
//!    the old one under the next.
//! 3. In the store that it leaves, its record says that it has *moved*.
//!
//! Each step is conditional, so that anybody can make it, again and at any time: whoever comes too
//! late changes nothing. Where a cart has no record, or a tombstone, the old store's way mark is all
//! that has to be moved.

use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, LoadRequest, RecordState, Result,
    SaveRequest, ScanRequest, ScanSupport, Select, Stored, Timestamp, Version,
};

use super::form::{
    Found, at_home, barred_version, moved, moved_version, moving, returned, unmarked,
};
use super::home::{Home, absent};
use super::{DualWriteStore, Side, TRIES, overtaken};

/// How long the tombstone stays that a move makes up where it finds none.
const TOMBSTONE: Duration = Duration::from_secs(24 * 60 * 60);

impl DualWriteStore {
    /// Moves a cart, or the place of one, from where it is at home to the other store. What comes in
    /// between is looked at anew by the caller.
    pub(super) async fn move_from(&self, home: &Home, key: &CartKey) -> Result<()> {
        let from = self.pair().at(home.side);
        match (&home.stored, home.side) {
            (Stored::Live(record), side) => {
                let moving = moving(record);
                let expect = Expect::Version(record.header.version);
                if replace(from, key, moving.clone(), expect).await? {
                    self.hand_over(side, key, &moving).await?;
                }
                Ok(())
            }
            (none, Side::Old) => self.claim_absent(key, none).await,
            (none, Side::New) => self.return_absent(key, none, home).await,
        }
    }

    /// Steps 2 and 3, for a cart that `from` says is moving.
    pub(super) async fn hand_over(
        &self,
        from: Side,
        key: &CartKey,
        moving: &CartRecord,
    ) -> Result<()> {
        let [here, there] = [self.pair().at(from), self.pair().at(from.other())];
        let cart = match from {
            Side::Old => at_home(moving),
            Side::New => returned(moving)?,
        };
        if !self.put_in_place(here, there, key, moving, &cart).await? {
            return Ok(());
        }
        let expect = Expect::Version(moving.header.version);
        if replace(here, key, moved(&cart), expect).await? {
            match from {
                Side::Old => self.shared.counters.moved.count(),
                Side::New => self.shared.counters.moved_back.count(),
            }
        }
        Ok(())
    }

    /// Puts a cart into the store that it moves to. `false` when it isn't moving any more.
    async fn put_in_place(
        &self,
        here: &dyn CartStore,
        there: &dyn CartStore,
        key: &CartKey,
        moving: &CartRecord,
        cart: &CartRecord,
    ) -> Result<bool> {
        for _ in 0..TRIES {
            let found = load(there, key).await?;
            if found.version() == Some(cart.header.version) {
                return Ok(true);
            }
            // What was there while the cart was still moving is a copy, however new it looks.
            if load(here, key).await?.version() != Some(moving.header.version) {
                return Ok(false);
            }
            if replace(there, key, cart.clone(), over(&found)).await? {
                return Ok(true);
            }
        }
        Err(overtaken())
    }

    /// Makes the new store the home of a key under which the old one has no cart.
    async fn claim_absent(&self, key: &CartKey, none: &Stored) -> Result<()> {
        let [old, new] = [self.pair().at(Side::Old), self.pair().at(Side::New)];
        let found = load(new, key).await?;
        if load(old, key).await? != *none {
            return Ok(());
        }
        let claim = match none.version() {
            Some(deleted) => moved_version(deleted),
            None => Version::first(self.shared.randomness.next()),
        };
        // A copy that the old store has outlived would come back to life.
        let last = match (none.version(), found.version()) {
            (Some(deleted), Some(found)) if deleted.sequence() < found.sequence() => Some(found),
            (Some(deleted), _) => Some(deleted),
            (None, found) => found,
        };
        if let Some(last) = last
            && found != Stored::Tombstone(last)
        {
            let buried = match found.version() {
                Some(found) if found == last => moved_version(last),
                _ => last,
            };
            let buried = match none.version() {
                Some(deleted) if deleted == buried => self.deleted(old, key, deleted).await?,
                other => self.tombstone(buried, other.is_some()),
            };
            if !replace(new, key, buried, over(&found)).await? {
                return Ok(());
            }
        }
        let way_mark = self.way_mark(claim);
        replace(old, key, way_mark, over(none)).await.map(drop)
    }

    /// Makes the old store the home of a key again, under which the new one has no cart.
    async fn return_absent(&self, key: &CartKey, none: &Stored, home: &Home) -> Result<()> {
        let Some(old) = &home.way_mark else {
            return Ok(());
        };
        let new = self.pair().at(Side::New);
        let bar = match none.version() {
            Some(deleted) => moved(&self.deleted(new, key, deleted).await?),
            None => self.way_mark(barred_version(old.header.version)),
        };
        if replace(new, key, bar.clone(), over(none)).await? {
            self.settle_absent(key, old, &bar).await?;
        }
        Ok(())
    }

    /// The end of a return: both stores say that the cart is in the other one.
    pub(super) async fn settle_absent(
        &self,
        key: &CartKey,
        old: &CartRecord,
        new: &CartRecord,
    ) -> Result<()> {
        let deleted = match absent(old, new) {
            Stored::Tombstone(version) => {
                let made = self.tombstone(version, true);
                let until = made.header.expires_at;
                new.tombstone_with_content(version, made.header.updated_at, until)
            }
            _ => self.tombstone(moved_version(old.header.version), false),
        };
        let expect = Expect::Version(old.header.version);
        replace(self.pair().at(Side::Old), key, deleted, expect)
            .await
            .map(drop)
    }

    fn way_mark(&self, version: Version) -> CartRecord {
        let mut record = CartRecord::new(version, self.now());
        record.header.state = RecordState::Moved;
        record.header.expires_at = Some(Timestamp::MAX);
        record
    }

    /// The tombstone of this version, with what it brings, as far as it is still there.
    async fn deleted(
        &self,
        store: &dyn CartStore,
        key: &CartKey,
        version: Version,
    ) -> Result<CartRecord> {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.owner = Some(key.owner().clone());
        request.select = Select::Tombstones;
        while store.info().capabilities.scan != ScanSupport::None {
            let page = store.scan(&request).await?;
            let mut found = page.entries.into_iter();
            let found = found
                .find(|entry| entry.key == *key && entry.record.header.version == version)
                .map(|entry| unmarked(entry.record));
            match (found, page.next) {
                (Some(found), _) => return Ok(found),
                (None, Some(next)) => request.cursor = Some(next),
                (None, None) => break,
            }
        }
        Ok(self.tombstone(version, true))
    }

    /// What stays where a cart was deleted; where there was none, what is gone at once.
    fn tombstone(&self, version: Version, is_deleted: bool) -> CartRecord {
        let now = self.now();
        let (at, until) = if is_deleted {
            (now, now.saturating_add(TOMBSTONE))
        } else {
            (now.saturating_sub(Duration::from_millis(1)), now)
        };
        CartRecord::new(version, at).tombstone(version, at, Some(until))
    }
}

pub(super) async fn load(store: &dyn CartStore, key: &CartKey) -> Result<Stored> {
    store.load(&LoadRequest::new(key.clone())).await
}

/// What must still be there for a write over what was found.
pub(super) fn over(found: &Stored) -> Expect {
    found.version().map_or(Expect::Absent, Expect::Version)
}

/// Writes over exactly what was expected, and tells whether that was there.
pub(super) async fn replace(
    store: &dyn CartStore,
    key: &CartKey,
    record: CartRecord,
    expect: Expect,
) -> Result<bool> {
    let request = SaveRequest::new(key.clone(), record, expect);
    is_written(store.save(&request).await)
}

/// Whether a write was made, where a conflict is no error.
pub(super) fn is_written(answer: Result<(), Error>) -> Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a store says about a cart.
pub(super) async fn found(store: &dyn CartStore, key: &CartKey) -> Result<Found> {
    Ok(Found::of(load(store, key).await?))
}
