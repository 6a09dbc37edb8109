//! What a click leaves for the next page to say. It travels in a signed cookie, and not in the URL, so that
//! nobody puts words into the shop's mouth by a link.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, SameSite, SignedCookieJar};
use cart_axum::Key;

/// The cookie.
const COOKIE: &str = "__Host-said";

/// What the page is to say, if anything: in the extensions of each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(pub(crate) String);

/// Goes to a page, which says something.
#[derive(Debug)]
pub(crate) struct Go {
    path: &'static str,
    said: String,
}

/// Goes to `path`, where `said` is shown.
pub(crate) fn go(path: &'static str, said: impl Into<String>) -> Go {
    let said = said.into();
    Go { path, said }
}

impl IntoResponse for Go {
    fn into_response(self) -> Response {
        let mut response = Redirect::to(self.path).into_response();
        response.extensions_mut().insert(Said(self.said));
        response
    }
}

/// Carries what is said from one answer to the next request.
pub(crate) async fn carry(State(key): State<Key>, mut request: Request, next: Next) -> Response {
    let cookies = SignedCookieJar::from_headers(request.headers(), key);
    let said = cookies.get(COOKIE).map(|cookie| cookie.value().to_owned());
    let is_heard = said.is_some() && request.method() == Method::GET;
    let said = Said(said.unwrap_or_default());
    request.extensions_mut().insert(said);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Said>() {
        Some(Said(said)) => (cookies.add(cookie(said)), response).into_response(),
        None if is_heard => (cookies.remove(cookie(String::new())), response).into_response(),
        None => response,
    }
}

fn cookie(said: String) -> Cookie<'static> {
    Cookie::build((COOKIE, said))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .build()
}
