//! What the harnesses have in common.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{CartKey, Clock};
use cart_store_cache::{CacheCartStore, CacheConfig};
use cart_testkit::servers::Redis;
use cart_testkit::{Damage, HarnessError};

/// Opens the store of this prefix.
pub(crate) async fn open(
    url: &str,
    prefix: &str,
    clock: &Arc<dyn Clock>,
) -> Result<CacheCartStore, HarnessError> {
    let config: CacheConfig = url.parse()?;
    // The machine may be busy with other tests: that is no failure of the store.
    let config = config
        .with_timeout(Duration::from_secs(5))
        .with_prefix(prefix.parse()?)
        .with_clock(Arc::clone(clock));
    Ok(CacheCartStore::open(config).await?)
}

/// The key under which a cart stands.
pub(crate) fn place(prefix: &str, key: &CartKey) -> String {
    let encoded = key.encode();
    let (owner, instance) = encoded.rsplit_once('/').unwrap_or_default();
    format!("{prefix}:{{{owner}}}:{instance}")
}

/// Damages the items of the cart that stands under `key`.
pub(crate) async fn damage(server: &Redis, key: &str, damage: Damage) -> Result<(), HarnessError> {
    let value = server.command(&["GET", key]).await?;
    // The items begin behind the second line.
    let start = value.match_indices('\n').nth(1).map_or(0, |(at, _)| at + 1);
    let (head, parts) = value.split_at(start);
    let damaged = format!("{head}{}", damage.apply(parts));
    server.command(&["SET", key, &damaged]).await?;
    Ok(())
}
