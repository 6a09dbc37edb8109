//! A deleted cart comes back.

use super::edited::Edited;
use super::handle::CartHandle;
use super::snapshot::CartSnapshot;
use super::write::{Outcome, Patience, Write, expectation};
use crate::codec::{decode_cart, decode_ledger};
use crate::domain::Event;
use crate::storage::{
    CartRecord, Conflict, Error, ErrorKind, Expect, RecordState, Result, SaveRequest, ScanRequest,
    Select, Stored,
};

impl CartHandle {
    /// Brings the deleted cart back, with items, conditions, metadata, claims and history, as a new
    /// version.
    ///
    /// That works as long as its content is kept, which
    /// [`CartsBuilder::keep_deleted`](super::CartsBuilder::keep_deleted) and
    /// [`Cleanup::keep_deleted`](super::Cleanup::keep_deleted) ask for, and until another cart is
    /// made in its place. For clean-ups, it was written just now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`], with the cart attached, when there is a live one;
    /// [`ErrorKind::NotFound`] when no deleted cart is there, or nothing of it was kept;
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::NewerFormat`] when what was kept can't be read: it
    /// stays as it is; [`ErrorKind::Unsupported`] on a store that can't list; what the store
    /// answers.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the cart is restored wholly or not at all.
    pub async fn restore(&self) -> Result<Edited<()>> {
        self.restore_in_turn()
            .await
            .map_err(|error| self.carts().failed(error))
    }

    async fn restore_in_turn(&self) -> Result<Edited<()>> {
        let carts = self.carts();
        let mut patience = Patience::new(carts);
        let _turn = self.turn().await?;
        loop {
            let stored = carts.stored(self.key()).await?;
            if let Stored::Live(record) = &stored {
                return Err(refused(record));
            }
            if stored == Stored::Missing {
                return Err(nothing());
            }
            let found = self.tombstone().await?;
            let found = found.filter(|found| stored.version() == Some(found.header.version));
            let Some(deleted) = found else {
                // The cart was made and deleted again just now, or its time ended: look again.
                if patience.wait(carts).await {
                    continue;
                }
                return Err(nothing());
            };
            if !deleted.has_content() {
                return Err(nothing());
            }
            let cart = decode_cart(&deleted)?;
            let mut ledger = decode_ledger(&deleted.header)?;
            ledger.note_write(deleted.header.version);
            let version = carts.version_after(&[&stored])?;
            let mut record = carts.moved(self.key(), &deleted, &cart, ledger, version)?;
            record.header.state = RecordState::Live;
            let request = SaveRequest::new(self.key().clone(), record, expectation(&stored));
            match carts
                .commit(Write::Save(&request), None, &mut patience)
                .await?
            {
                Outcome::Written => {
                    let record = request.record;
                    let summary = record.header.summary;
                    let events = vec![
                        Event::CartRestored { summary },
                        Event::CartUpdated { summary },
                    ];
                    carts.announce(self.key(), &record.header, &events);
                    let stored = Stored::Live(record);
                    let key = self.key().clone();
                    let snapshot = CartSnapshot::written(carts.clone(), key, stored, cart);
                    return Ok(Edited {
                        value: (),
                        events,
                        snapshot,
                    });
                }
                Outcome::Overtaken { conflict, .. } => {
                    if !patience.wait(carts).await {
                        return Err(conflict);
                    }
                }
            }
        }
    }

    /// The whole tombstone, which a load doesn't give.
    async fn tombstone(&self) -> Result<Option<CartRecord>> {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.owner = Some(self.key().owner().clone());
        request.select = Select::Tombstones;
        loop {
            let page = self.carts().store().scan(&request).await?;
            let found = page
                .entries
                .into_iter()
                .find(|entry| entry.key == *self.key());
            match (found, page.next) {
                (Some(entry), _) => return Ok(Some(entry.record)),
                (None, Some(next)) => request.cursor = Some(next),
                (None, None) => return Ok(None),
            }
        }
    }
}

fn refused(live: &CartRecord) -> Error {
    let mut conflict = Conflict::new(Expect::Absent, Some(live.header.version), true);
    conflict.attach(live.clone());
    Error::new(
        ErrorKind::Conflict,
        "there is a cart in its place: delete that one first, or leave the old one deleted",
    )
    .with_conflict(conflict)
}

fn nothing() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "there is no deleted cart whose content was kept",
    )
}
