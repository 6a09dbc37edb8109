//! The shop's own accounts: anybody who knows the one password. A real shop has something better here;
//! what matters is what it puts into the request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::{Cookie, SameSite, SignedCookieJar};
use cart_axum::{Key, Problem, SignedIn, Visitor};
use cart_core::Owner;
use serde::Deserialize;

use super::pages;
use super::said::{Go, Said, go};

/// The cookie that says who has signed in.
const COOKIE: &str = "__Host-user";

/// The password of every account.
const PASSWORD: &str = "tea";

#[derive(Debug, Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

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

pub(crate) async fn form(
    visitor: Visitor,
    Extension(said): Extension<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    Ok(pages::login(&visitor, &cart, &said))
}

pub(crate) async fn login(
    visitor: Visitor,
    cookies: SignedCookieJar,
    Form(credentials): Form<Credentials>,
) -> Response {
    let Some(user) = account(&credentials.name, &credentials.password) else {
        return go("/login", "Name and password don't fit.").into_response();
    };
    let login = visitor.login(&user).await;
    let said = if login.is_complete() {
        "Welcome! What you chose as a guest is in your cart."
    } else {
        "Welcome! Some of what you chose as a guest couldn't be put into your cart."
    };
    (cookies.add(cookie(&user)), go("/cart", said)).into_response()
}

pub(crate) async fn logout(visitor: Visitor, cookies: SignedCookieJar) -> (SignedCookieJar, Go) {
    visitor.logout();
    (cookies.remove(forgotten()), go("/", "See you soon."))
}

/// The account of this name, for whoever knows its password.
fn account(name: &str, password: &str) -> Option<Owner> {
    (password == PASSWORD).then_some(())?;
    Owner::user(name.trim()).ok()
}

/// The cookie by which `user` is known from now on.
fn cookie(user: &Owner) -> Cookie<'static> {
    Cookie::build((COOKIE, user.identifier().to_owned()))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .build()
}

/// What the browser is to forget.
fn forgotten() -> Cookie<'static> {
    Cookie::build(COOKIE).path("/").secure(true).build()
}
