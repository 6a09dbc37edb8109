//! The shop's own accounts: anybody who knows the one password. A real shop has something better here;
//! what matters is what it puts into the request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use cart_axum::{Key, SignedIn};
use cart_core::Owner;
use cookie::{Cookie, CookieJar, SameSite};
use http::{HeaderMap, HeaderValue, header};

/// The cookie that says who has signed in.
const COOKIE: &str = "__Host-user";

/// The password of every account.
const PASSWORD: &str = "tea";

/// Puts the user who has signed in into the request.
pub(crate) async fn authenticate(
    State(key): State<Key>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(user) = user(&key, request.headers()) {
        request.extensions_mut().insert(SignedIn(user));
    }
    next.run(request).await
}

/// The account of this name, for whoever knows its password.
pub(crate) fn account(name: &str, password: &str) -> Option<Owner> {
    (password == PASSWORD).then_some(())?;
    Owner::user(name.trim()).ok()
}

/// The cookie for a user who has just signed in.
pub(crate) fn cookie(key: &Key, user: &Owner) -> Option<HeaderValue> {
    let mut jar = CookieJar::new();
    jar.signed_mut(key)
        .add((COOKIE, user.identifier().to_owned()));
    let mut cookie = jar.get(COOKIE)?.clone();
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(true);
    cookie.set_same_site(SameSite::Lax);
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// The cookie that ends it.
pub(crate) fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-user=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")
}

fn user(key: &Key, headers: &HeaderMap) -> Option<Owner> {
    let texts = headers.get_all(header::COOKIE).iter();
    let mut cookies = texts
        .filter_map(|text| text.to_str().ok())
        .flat_map(|text| Cookie::split_parse(text.to_owned()))
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == COOKIE);
    let verified = CookieJar::new().signed(key).verify(cookies.next()?)?;
    Owner::user(verified.value()).ok()
}
