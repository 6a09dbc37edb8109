//! The home over the cookies of one request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cart_core::{
    Capabilities, CartKey, Durability, Error, ErrorKind, Expiry, Health, Instance, Operation,
    Owner, Randomness, RenameSupport, Result, StoreInfo, SystemRandomness, Timestamp,
};
use ring::digest::{SHA256, digest};

use super::line;
use super::seal::CookieKeys;
use crate::codec::{self, Written};
use crate::home::{Listed, SessionHome};
use crate::sessions::{SessionCarts, Sessions};

/// Keeps carts in cookies, sealed and encrypted: the shop keeps nothing.
///
/// One home is the cookies of one request: it starts with those that the browser sent, and gives
/// the `Set-Cookie` lines that the response has to carry. Nothing is kept before the browser has
/// that response.
///
/// Each owner has a cookie of its own, which nobody can read or change, and which opens for no
/// other owner. What no seal helps against:
///
/// - **Two requests at once.** Each starts with the same cookies, and the browser keeps what the
///   last response set: of ten adds at once, one is left. There is no compare-and-set, and the
///   store declares so.
/// - **Old cookies.** The browser decides which one it sends. Nothing that must not be undone
///   belongs into such a cart.
/// - **Size.** A browser takes some 4,096 bytes, about 20 lines of a plain cart. A larger cart is
///   [`ErrorKind::TooLarge`], before anything is changed.
///
/// ```
/// use cart_core::{Carts, Currency, Money, NewItem, Owner, SystemClock, Clock};
/// use cart_store_session::{CookieHome, CookieKeys, SessionCartStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let keys = CookieKeys::new([7; 32]); // 32 random bytes, from the configuration
/// let home = CookieHome::new(keys);
/// home.receive("other=1"); // the request's `Cookie` header
/// let carts = Carts::new(SessionCartStore::new(home.clone()));
/// let price = Money::parse("4.99", Currency::parse("USD")?)?;
/// let cart = carts.cart(Owner::guest("d41d8cd98f00b204")?, "default")?;
/// cart.add(NewItem::new("tea", "Green tea", price)).await?;
/// assert_eq!(home.set_cookies(SystemClock.now()).len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CookieHome {
    keys: CookieKeys,
    randomness: Arc<dyn Randomness>,
    limit: usize,
    jar: Arc<Mutex<Jar>>,
}

/// The cookies of a request and its response.
#[derive(Default)]
struct Jar {
    values: BTreeMap<String, String>,
    /// The moments at which changed ones may go, by name.
    expiries: BTreeMap<String, Option<Timestamp>>,
    changed: BTreeSet<String>,
}

impl CookieHome {
    /// The longest `Set-Cookie` line, unless told otherwise: what every browser takes.
    pub const LIMIT: usize = 4_096;
    /// What the name of each cookie starts with. Browsers hold such a cookie to what it says of
    /// itself: this host alone, over TLS.
    pub const PREFIX: &str = "__Host-cart-";

    /// No cookies yet, under these keys.
    pub fn new(keys: CookieKeys) -> Self {
        Self {
            keys,
            randomness: Arc::new(SystemRandomness),
            limit: Self::LIMIT,
            jar: Arc::default(),
        }
    }

    /// The same, with another limit for a whole `Set-Cookie` line, in bytes.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// The same, taking its random numbers from `randomness`.
    #[must_use]
    pub fn with_randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    /// Takes over the carts' cookies of a request's `Cookie` header; others are left alone.
    pub fn receive(&self, header: &str) {
        let cookies = line::parse(header).filter(|(name, _)| name.starts_with(Self::PREFIX));
        let cookies = cookies.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.jar().values.extend(cookies);
    }

    /// The `Set-Cookie` lines that the response has to carry: one for each cookie that was changed
    /// or discarded, each no longer than the limit.
    pub fn set_cookies(&self, now: Timestamp) -> Vec<String> {
        let jar = self.jar();
        let lines = jar.changed.iter().map(|name| match jar.values.get(name) {
            Some(value) => {
                let expiry = jar.expiries.get(name).copied().flatten();
                // Rounded up, so that no cookie goes before its cart.
                let seconds = expiry
                    .map(|at| at.as_millis().saturating_sub(now.as_millis()) / 1_000)
                    .map(|seconds| seconds.saturating_add(1));
                line::set(name, value, seconds)
            }
            None => line::set(name, "", Some(0)),
        });
        lines.collect()
    }

    /// The name of an owner's cookie.
    pub fn name_of(owner: &Owner) -> String {
        let hash = digest(&SHA256, written(owner).as_bytes());
        let name = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
        format!("{}{name}", Self::PREFIX)
    }

    /// Throws an owner's cookie away, whatever is in it: the way on from one that can't be opened.
    pub fn discard(&self, owner: &Owner) {
        let name = Self::name_of(owner);
        let mut jar = self.jar();
        if jar.values.remove(&name).is_some() {
            jar.changed.insert(name);
        }
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        // A change that panics has not written yet.
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, jar: &Jar, owner: &Owner) -> Result<SessionCarts> {
        let name = Self::name_of(owner);
        let Some(sealed) = jar.values.get(&name) else {
            return Ok(SessionCarts::default());
        };
        let text = self.keys.open(&place(&name, owner), sealed)?;
        let written: Written =
            serde_json::from_slice(&text).map_err(|_| codec::corrupt(Unreadable))?;
        codec::read(written)
    }

    fn seal(&self, name: &str, owner: &Owner, carts: &SessionCarts) -> Result<Option<String>> {
        if carts.is_empty() {
            return Ok(None);
        }
        let text = serde_json::to_string(&codec::write(carts)).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "carts can't be written as JSON").with_source(error)
        })?;
        let value = self
            .keys
            .seal(&place(name, owner), text, &*self.randomness)?;
        let (length, limit) = (line::length(name, &value), self.limit);
        if length > limit {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "the cookie would have {length} bytes and may have {limit}: remove something \
                     from the cart, or keep carts on the server"
                ),
            ));
        }
        Ok(Some(value))
    }
}

/// What a seal is bound to: the cookie and its owner.
fn place(name: &str, owner: &Owner) -> Vec<u8> {
    format!("{name} {}", written(owner)).into_bytes()
}

/// An owner as one text: the key of its default cart.
fn written(owner: &Owner) -> String {
    CartKey::new(owner.clone(), Instance::default()).encode()
}

#[derive(Debug, thiserror::Error)]
#[error("the cookie was sealed here and holds no carts")]
struct Unreadable;

#[async_trait]
impl SessionHome for CookieHome {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.durability = Durability::Memory;
        capabilities.evictable = true;
        capabilities.expiry = Expiry::Native;
        capabilities.marks = true;
        // The two cookies go out in one response, and the browser takes them one by one.
        capabilities.rename = RenameSupport::Stepwise;
        StoreInfo {
            name: "session-cookie".into(),
            capabilities,
        }
    }

    async fn read(&self, owner: &Owner) -> Result<SessionCarts> {
        self.open(&self.jar(), owner)
    }

    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static,
    {
        let mut jar = self.jar();
        let mut read = Vec::with_capacity(owners.len());
        for owner in owners {
            read.push((owner.clone(), self.open(&jar, &owner)?));
        }
        let mut sessions = Sessions::new(read);
        let answer = decide(&mut sessions)?;
        let mut sealed = Vec::new();
        for (owner, carts) in sessions.into_changed() {
            let name = Self::name_of(&owner);
            let value = self.seal(&name, &owner, &carts)?;
            sealed.push((name, value, carts.expires_at()));
        }
        for (name, value, expires_at) in sealed {
            match value {
                Some(value) => jar.values.insert(name.clone(), value),
                None => jar.values.remove(&name),
            };
            jar.expiries.insert(name.clone(), expires_at);
            jar.changed.insert(name);
        }
        Ok(answer)
    }

    async fn list(&self, _place: Option<&[u8]>, _limit: usize) -> Result<Vec<Listed>> {
        Err(Error::unsupported(Operation::Scan))
    }

    async fn ping(&self) -> Result<Health> {
        Ok(Health::new(
            Durability::Memory,
            "the cookies of one request",
        ))
    }
}

impl fmt::Debug for CookieHome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CookieHome")
            .field("keys", &self.keys)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
