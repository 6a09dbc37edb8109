//! What makes a cookie one that only this shop can read and write.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cart_core::{Error, ErrorKind, Randomness};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

/// The keys that seal cookies: 32 random bytes each, the same in every process of the shop.
#[derive(Clone)]
pub struct CookieKeys {
    /// The first one seals; each opens.
    secrets: Vec<[u8; 32]>,
}

impl CookieKeys {
    /// One key, which seals and opens.
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secrets: vec![secret],
        }
    }

    /// The same, also opening what an earlier key has sealed: for as long as there are such
    /// cookies.
    #[must_use]
    pub fn with_earlier(mut self, secret: [u8; 32]) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Seals `text` for the one cookie whose name and owner are `place`.
    pub(super) fn seal(
        &self,
        place: &[u8],
        text: String,
        randomness: &dyn Randomness,
    ) -> Result<String, Error> {
        let unexpected = || Error::new(ErrorKind::Unexpected, "a cookie can't be sealed");
        let secret = self.secrets.first().ok_or_else(unexpected)?;
        let random = [randomness.next(), randomness.next()].map(u64::to_le_bytes);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random.concat()[..NONCE_LEN]);
        let mut sealed = text.into_bytes();
        let tag = key(secret, place)
            .and_then(|key| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_separate_tag(nonce, Aad::from(place), &mut sealed)
                    .ok()
            })
            .ok_or_else(unexpected)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce, &*sealed, tag.as_ref()].concat()))
    }

    /// Opens what [`CookieKeys::seal`] gave for the same place, and nothing else.
    pub(super) fn open(&self, place: &[u8], sealed: &str) -> Result<Vec<u8>, Error> {
        let opened = URL_SAFE_NO_PAD.decode(sealed).ok().and_then(|bytes| {
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
            self.secrets.iter().find_map(|secret| {
                let mut text = sealed.to_vec();
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let key = key(secret, place)?;
                let opened = key.open_in_place(nonce, Aad::from(place), &mut text).ok()?;
                let length = opened.len();
                text.truncate(length);
                Some(text)
            })
        });
        opened.ok_or_else(|| {
            Error::new(
                ErrorKind::Corrupt,
                "a cookie can't be opened: it was changed, it was made for another owner, or its \
                 key is gone; discard it",
            )
        })
    }
}

/// The key of one cookie alone. Random nonces repeat after some billions of messages of one key:
/// no single cookie sees so many.
fn key(secret: &[u8; 32], place: &[u8]) -> Option<LessSafeKey> {
    let salt = Salt::new(HKDF_SHA256, b"cart cookie 1");
    let material = salt.extract(secret);
    let info = [place];
    let expanded = material.expand(&info, &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(expanded)))
}

impl fmt::Debug for CookieKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CookieKeys({})", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use cart_core::SystemRandomness;

    use super::*;

    fn sealed(keys: &CookieKeys, place: &[u8]) -> String {
        let text = "a secret cart".to_owned();
        keys.seal(place, text, &SystemRandomness).unwrap()
    }

    #[test]
    fn only_the_same_place_and_a_known_key_open_a_cookie() {
        let keys = CookieKeys::new([1; 32]);
        let cookie = sealed(&keys, b"ann");
        assert_eq!(keys.open(b"ann", &cookie).unwrap(), b"a secret cart");
        for (place, keys) in [(b"bob", keys.clone()), (b"ann", CookieKeys::new([2; 32]))] {
            let error = keys.open(place, &cookie).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
    }

    #[test]
    fn a_new_key_opens_what_the_earlier_one_sealed() {
        let cookie = sealed(&CookieKeys::new([1; 32]), b"ann");
        let keys = CookieKeys::new([2; 32]).with_earlier([1; 32]);
        assert_eq!(keys.open(b"ann", &cookie).unwrap(), b"a secret cart");
        let renewed = sealed(&keys, b"ann");
        assert!(CookieKeys::new([1; 32]).open(b"ann", &renewed).is_err());
    }

    #[test]
    fn no_changed_byte_goes_unnoticed() {
        let keys = CookieKeys::new([1; 32]);
        let cookie = sealed(&keys, b"ann");
        let bytes = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert!(keys.open(b"ann", &changed).is_err(), "byte {at}");
        }
        for cut in 0..cookie.len() {
            assert!(keys.open(b"ann", &cookie[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn the_same_cart_never_looks_the_same() {
        let keys = CookieKeys::new([1; 32]);
        assert_ne!(sealed(&keys, b"ann"), sealed(&keys, b"ann"));
    }
}
