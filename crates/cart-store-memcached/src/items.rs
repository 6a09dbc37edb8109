//! How carts lie in items: what they are called, what is in them, and until when.

use std::fmt::Write as _;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, Clock, Error, ErrorKind, Expect, Instance, Owner, Result, Stored,
    SystemClock, Timestamp,
};
use sha2::{Digest, Sha256};

use crate::reply::Item;

/// Lifetimes above this are points in time for Memcached.
const LONGEST_LIFETIME: i64 = 30 * 24 * 60 * 60;

/// The name of the item that holds a cart.
pub(crate) fn of_cart(prefix: &str, key: &CartKey) -> String {
    named(prefix, 'c', &key.encode())
}

/// The name of the item that holds the names of an owner's carts.
pub(crate) fn of_owner(prefix: &str, owner: &Owner) -> String {
    let key = CartKey::new(owner.clone(), Instance::default());
    named(prefix, 'o', &key.encode())
}

fn named(prefix: &str, sort: char, key: &str) -> String {
    let mut name = format!("{prefix}:{sort}:");
    for byte in Sha256::digest(key) {
        // Writing to a text can't fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// What an item says of a cart, at whatever time.
pub(crate) fn record(item: Option<&Item>, key: &CartKey) -> Result<Option<CartRecord>> {
    let Some(item) = item else {
        return Ok(None);
    };
    match serde_json::from_slice::<(String, CartRecord)>(&item.data) {
        Ok((whole_key, record)) if whole_key == key.encode() => Ok(Some(record)),
        _ => Err(unreadable()),
    }
}

/// What an item holds: the whole key, since its name is a hash, and the record.
pub(crate) fn written(key: &CartKey, record: &CartRecord) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&(key.encode(), record))
}

/// What an item says of a cart now.
pub(crate) fn stored(item: Option<&Item>, key: &CartKey, now: Timestamp) -> Result<Stored> {
    Ok(Stored::of(record(item, key)?, now))
}

/// The same for a write: one that expects nothing in particular may repair what can't be read.
pub(crate) fn stored_for_write(
    item: Option<&Item>,
    key: &CartKey,
    now: Timestamp,
    expect: Expect,
) -> Result<Stored> {
    match stored(item, key, now) {
        Err(_) if expect == Expect::Any => Ok(Stored::Missing),
        stored => stored,
    }
}

/// The names of an owner's carts; some may be gone.
pub(crate) fn names(item: Option<&Item>) -> Result<Vec<String>> {
    let names = item.map(|item| serde_json::from_slice(&item.data).map_err(|_| unreadable()));
    names.unwrap_or_else(|| Ok(Vec::new()))
}

pub(crate) fn unreadable() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "an item holds something else than it should: remove it, or use another prefix",
    )
}

/// How long Memcached keeps an item, in its own words. It never drops one too early for its time:
/// reads leave out what has expired.
pub(crate) fn lifetime(expires_at: Option<Timestamp>, now: Timestamp) -> i64 {
    const FOR_EVER: i64 = 0;
    let Some(expires_at) = expires_at else {
        return FOR_EVER;
    };
    let left = expires_at.since(now).saturating_add(Duration::from_secs(2));
    let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
    if seconds <= LONGEST_LIFETIME {
        return seconds;
    }
    let end = (SystemClock.now().as_millis() / 1_000).saturating_add(seconds);
    i32::try_from(end).map_or(FOR_EVER, i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_never_dropped_before_its_time() {
        let now = Timestamp::from_millis(1_000);
        let after = |seconds| Some(now.saturating_add(Duration::from_secs(seconds)));
        assert_eq!(lifetime(None, now), 0);
        assert_eq!(lifetime(after(60), now), 62);
        assert_eq!(lifetime(Some(Timestamp::from_millis(1_001)), now), 2);
        assert!(lifetime(Some(Timestamp::from_millis(0)), now) > 0);
        assert!(lifetime(after(31 * 24 * 60 * 60), now) > LONGEST_LIFETIME);
        assert_eq!(lifetime(Some(Timestamp::MAX), now), 0);
    }

    #[test]
    fn a_name_is_short_and_holds_nothing_of_the_key() -> Result<()> {
        let key = CartKey::new(Owner::user("ann \r\nflush_all")?, Instance::default());
        let name = of_cart("cart", &key);
        assert_eq!(name.len(), "cart:c:".len() + 64);
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b':')
        );
        assert_ne!(name, of_owner("cart", key.owner()));
        Ok(())
    }
}
