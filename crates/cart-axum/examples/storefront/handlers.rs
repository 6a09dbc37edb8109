//! What a click does. Each change is a POST that ends in a redirect, so that Back and Reload repeat
//! nothing; each form carries a key of its own, so that a double click has one effect.

use std::time::Duration;

use axum::Form;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::SignedCookieJar;
use cart_axum::{CurrentCart, Problem, Visitor};
use cart_core::{
    Condition, Currency, DomainError, Error, IdempotencyKey, ItemUpdate, QuantityChange,
};
use percent_encoding::{NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Deserialize;

use super::{catalogue, pages, sign_in};

/// How long a shopper has to pay.
const TO_PAY: Duration = Duration::from_secs(15 * 60);

/// The one coupon.
const COUPON: &str = "SUMMER";

/// What a redirect leaves for the next page to say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    said: String,
}

/// A product, and how many.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    sku: String,
    #[serde(default)]
    quantity: u64,
    /// Different on each page that is shown.
    #[serde(default)]
    once: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CouponCode {
    code: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    claim: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

/// Goes to `path`, where a text is shown.
fn go(path: &str, said: &str) -> Redirect {
    Redirect::to(&format!("{path}?said={}", encoded(said)))
}

/// A text as part of a URL.
fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// What the shopper is told of an error: the words of the domain as they are, and of everything else that
/// it can be tried again.
fn told(error: &Error) -> String {
    error.domain().map_or_else(
        || "That didn't work. Please try again in a moment.".to_owned(),
        DomainError::to_string,
    )
}

pub(crate) async fn home(
    visitor: Visitor,
    Query(said): Query<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    Ok(pages::home(&visitor, &cart, &said.said)?)
}

pub(crate) async fn cart(
    visitor: Visitor,
    Query(said): Query<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    Ok(pages::cart(&visitor, &cart, &said.said)?)
}

pub(crate) async fn wishlist(
    visitor: Visitor,
    Query(said): Query<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    let wishes = visitor.cart("wishlist")?.load().await?;
    Ok(pages::wishlist(&visitor, &cart, &wishes, &said.said)?)
}

pub(crate) async fn add(
    cart: CurrentCart,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(go("/", "We don't sell that."));
    };
    let item = product.item(choice.quantity.max(1)).map_err(Error::from)?;
    let once = IdempotencyKey::new(format!("add {}", choice.once), &choice.sku)?;
    Ok(
        match cart.edit_once(&once, |cart| cart.add(item.clone())).await {
            Ok(_) => go("/", &format!("{} is in your cart.", product.name)),
            Err(error) => go("/", &told(&error)),
        },
    )
}

pub(crate) async fn change(
    cart: CurrentCart,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let update = ItemUpdate::new().quantity(QuantityChange::To(choice.quantity));
    Ok(match cart.update(&choice.sku, update).await {
        Ok(_) => go("/cart", "Your cart is up to date."),
        Err(error) => go("/cart", &told(&error)),
    })
}

pub(crate) async fn coupon(
    cart: CurrentCart,
    Form(coupon): Form<CouponCode>,
) -> Result<Redirect, Problem> {
    if !coupon.code.trim().eq_ignore_ascii_case(COUPON) {
        return Ok(go("/cart", "We don't know this coupon."));
    }
    let usd = Currency::parse("USD").map_err(Error::from)?;
    let summer = Condition::discount("summer", "10%", usd).map_err(Error::from)?;
    cart.apply(summer).await?;
    Ok(go("/cart", "Ten percent off."))
}

pub(crate) async fn wish(
    visitor: Visitor,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(go("/", "We don't sell that."));
    };
    let item = product.item(1).map_err(Error::from)?;
    visitor.cart("wishlist")?.add(item).await?;
    Ok(go("/", &format!("{} is on your wishlist.", product.name)))
}

pub(crate) async fn move_to_cart(
    visitor: Visitor,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(go("/wishlist", "We don't sell that any more."));
    };
    // Into the cart first: what is in both for a moment is better than what is in neither.
    let item = product.item(1).map_err(Error::from)?;
    let once = IdempotencyKey::new(format!("move {}", choice.once), &choice.sku)?;
    let cart = visitor.cart("default")?;
    let moved = cart.edit_once(&once, |cart| cart.add(item.clone()));
    if let Err(error) = moved.await {
        return Ok(go("/wishlist", &told(&error)));
    }
    visitor.cart("wishlist")?.remove(&choice.sku).await?;
    Ok(go(
        "/wishlist",
        &format!("{} is in your cart.", product.name),
    ))
}

/// Claims what is in the cart, while the shopper pays.
pub(crate) async fn check_out(
    cart: CurrentCart,
    Form(choice): Form<Payment>,
) -> Result<Redirect, Problem> {
    Ok(match cart.claim(&choice.claim, TO_PAY).await {
        Ok(_) => Redirect::to(&format!("/checkout?claim={}", encoded(&choice.claim))),
        Err(error) => go("/cart", &told(&error)),
    })
}

pub(crate) async fn payment(
    visitor: Visitor,
    Query(payment): Query<Payment>,
) -> Result<Response, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    let claims = cart.cart()?.claims();
    let Some(claim) = claims.iter().find(|claim| claim.id() == payment.claim) else {
        return Ok(go("/cart", "That checkout is over.").into_response());
    };
    Ok(pages::payment(&visitor, &cart, claim).into_response())
}

/// The payment has been made: exactly what was claimed leaves the cart.
pub(crate) async fn pay(
    cart: CurrentCart,
    Form(payment): Form<Payment>,
) -> Result<Redirect, Problem> {
    Ok(match cart.settle(&payment.claim).await {
        Ok(_) => go("/cart", "Thank you! What you bought is on its way."),
        Err(error) => go("/cart", &told(&error)),
    })
}

pub(crate) async fn abort(
    cart: CurrentCart,
    Form(payment): Form<Payment>,
) -> Result<Redirect, Problem> {
    Ok(match cart.abort(&payment.claim).await {
        Ok(_) => go("/cart", "Nothing was paid, and everything is still here."),
        Err(error) => go("/cart", &told(&error)),
    })
}

pub(crate) async fn login_form(
    visitor: Visitor,
    Query(said): Query<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    Ok(pages::login(&visitor, &cart, &said.said))
}

pub(crate) async fn login(
    visitor: Visitor,
    cookies: SignedCookieJar,
    Form(credentials): Form<Credentials>,
) -> Response {
    let Some(user) = sign_in::account(&credentials.name, &credentials.password) else {
        return go("/login", "Name and password don't fit.").into_response();
    };
    let login = visitor.login(&user).await;
    let said = if login.is_complete() {
        "Welcome! What you chose as a guest is in your cart."
    } else {
        "Welcome! Some of what you chose as a guest couldn't be put into your cart."
    };
    let cookies = cookies.add(sign_in::cookie(&user));
    (cookies, go("/cart", said)).into_response()
}

pub(crate) async fn logout(
    visitor: Visitor,
    cookies: SignedCookieJar,
) -> (SignedCookieJar, Redirect) {
    visitor.logout();
    let cookies = cookies.remove(sign_in::forgotten());
    (cookies, go("/", "See you soon."))
}
