//! The shop's own accounts: anybody who knows the one password. A real shop has something better here;
//! what matters is what it puts into the request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, SameSite, SignedCookieJar};
use cart_axum::{Key, SignedIn};
use cart_core::Owner;

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
    let cookies = SignedCookieJar::from_headers(request.headers(), key);
    let user = cookies.get(COOKIE);
    if let Some(Ok(user)) = user.map(|cookie| Owner::user(cookie.value())) {
        request.extensions_mut().insert(SignedIn(user));
    }
    next.run(request).await
}

/// The account of this name, for whoever knows its password.
pub(crate) fn account(name: &str, password: &str) -> Option<Owner> {
    (password == PASSWORD).then_some(())?;
    Owner::user(name.trim()).ok()
}

/// The cookie by which `user` is known from now on.
pub(crate) fn cookie(user: &Owner) -> Cookie<'static> {
    Cookie::build((COOKIE, user.identifier().to_owned()))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .build()
}

/// What the browser is to forget.
pub(crate) fn forgotten() -> Cookie<'static> {
    Cookie::build(COOKIE).path("/").secure(true).build()
}
