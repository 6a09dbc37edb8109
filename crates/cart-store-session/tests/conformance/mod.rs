//! The harnesses of the homes.

#[cfg(feature = "cookie")]
pub(crate) mod cookie;
#[cfg(feature = "file")]
pub(crate) mod file;
pub(crate) mod memory;
#[cfg(feature = "tower-sessions")]
pub(crate) mod tower;

use cart_core::{CartKey, CartStore, Expect, LoadRequest, SaveRequest, Stored, Version};
use cart_testkit::{Damage, HarnessError};

/// Damages a part by a save: homes move parts without a look at them.
async fn damage(store: &dyn CartStore, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
    let stored = store.load(&LoadRequest::new(key.clone())).await?;
    let Stored::Live(mut record) = stored else {
        return Ok(());
    };
    // A record of the same version can't be written over: another one goes between.
    let version = record.header.version;
    let another = Version::new(version.sequence(), !version.write_id())?;
    let bystander = record.tombstone(another, record.header.updated_at, None);
    record.parts.items = damage.apply(record.parts.items.as_str()).into();
    for record in [bystander, record] {
        let request = SaveRequest::new(key.clone(), record, Expect::Any);
        store.save(&request).await?;
    }
    Ok(())
}
