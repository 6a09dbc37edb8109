//! The cookie by which a guest is known.

use std::fmt;
use std::time::Duration;

use cart_core::{Owner, Tenant};
use cookie::{Cookie, CookieJar, Key, SameSite};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// The cookie by which a guest is known: a random token of the library's own, signed.
///
/// It can't be read by scripts (`HttpOnly`), goes over encrypted connections only (`Secure`; browsers
/// make an exception for `localhost`), to this host alone (`__Host-`), and not along with requests
/// that other sites start (`SameSite=Lax`). A token that doesn't bear the signature is no token: what
/// somebody made up, or was given by another shop, answers like a missing one.
#[derive(Clone)]
pub struct GuestCookie {
    name: String,
    key: Key,
    is_secure: bool,
    same_site: SameSite,
    max_age: Duration,
}

impl GuestCookie {
    /// How long a browser keeps the cookie unless told otherwise: 30 days.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// The cookie `__Host-cart`, signed with `key`. All servers of a shop have the same key: without
    /// it, a guest who comes back is a new one.
    pub fn new(key: Key) -> Self {
        Self {
            name: "__Host-cart".to_owned(),
            key,
            is_secure: true,
            same_site: SameSite::Lax,
            max_age: Self::DEFAULT_MAX_AGE,
        }
    }

    /// The same, named `NAME`, or `__Host-NAME` where the cookie is secure.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = if self.is_secure {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        };
        self
    }

    /// The same, kept so long after it was last given.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// The same, going along with so many of the requests that other sites start.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The same over connections that nobody encrypts: for development on another machine.
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.is_secure = false;
        if let Some(plain) = self.name.strip_prefix("__Host-") {
            self.name = plain.to_owned();
        }
        self
    }

    /// The guest that a request names, if it names one whom this shop has met.
    pub(crate) fn guest(&self, headers: &HeaderMap, tenant: &Tenant) -> Option<Owner> {
        let texts = headers.get_all(COOKIE).iter();
        let cookies = texts.filter_map(|text| text.to_str().ok());
        cookies
            .flat_map(|text| Cookie::split_parse(text.to_owned()))
            .filter_map(Result::ok)
            .filter(|cookie| cookie.name() == self.name)
            // Of two cookies with one name a browser sends the more specific first.
            .find_map(|cookie| {
                let token = CookieJar::new().signed(&self.key).verify(cookie)?;
                let guest = Owner::guest(token.value()).ok()?;
                Some(guest.in_tenant(tenant.clone()))
            })
    }

    /// The header that makes a browser keep `guest`'s token.
    pub(crate) fn keep(&self, guest: &Owner) -> Option<HeaderValue> {
        let token = Cookie::new(self.name.clone(), guest.identifier().to_owned());
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(token);
        let signed = jar.get(&self.name)?.value().to_owned();
        self.header(signed, self.max_age)
    }

    /// The header that makes a browser forget the token.
    pub(crate) fn forget(&self) -> Option<HeaderValue> {
        self.header(String::new(), Duration::ZERO)
    }

    fn header(&self, value: String, max_age: Duration) -> Option<HeaderValue> {
        let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        let cookie = Cookie::build((self.name.clone(), value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(self.same_site)
            .max_age(cookie::time::Duration::seconds(seconds));
        HeaderValue::try_from(cookie.build().to_string()).ok()
    }
}

/// Adds a cookie to those that a response sets.
pub(crate) fn set(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
}

impl fmt::Debug for GuestCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GuestCookie")
            .field("name", &self.name)
            .field("key", &"…")
            .field("is_secure", &self.is_secure)
            .field("same_site", &self.same_site)
            .field("max_age", &self.max_age)
            .finish()
    }
}
