//! Marks: what the store still owes to another one.

use cart_core::{CartKey, Version};

use crate::failure::Failure;
use crate::store::CacheCartStore;
use crate::value::{Flag, Head, Lifetime, encode, read};

impl CacheCartStore {
    /// Puts the same record without its mark in the place of one that still begins as it did: with
    /// its version and its expiry. Where a rename has the cart in its hands, the mark stays.
    pub(crate) async fn try_unmark(&self, key: &CartKey, version: Version) -> Result<(), Failure> {
        let place = self.place(key);
        loop {
            let Some(value) = self.value(&place).await? else {
                return Ok(());
            };
            let held = read(&value)?;
            let is_plain = held.head.flag == Flag::Plain;
            let Some(mut record) = held.record(self.now()) else {
                return Ok(());
            };
            if !is_plain || record.header.version != version || !record.header.marked {
                return Ok(());
            }
            record.header.marked = false;
            let beginning = value.as_bytes()[..Head::LENGTH].to_vec();
            let lifetime = Lifetime::until(record.header.expires_at, self.now());
            let unmarked = encode(&record)?;
            // Only a renewal leaves the version as it was: then it is looked at again.
            if self
                .swap(&place, beginning.into(), unmarked.into(), lifetime)
                .await?
            {
                return Ok(());
            }
        }
    }
}
