//! Paying: what is in the cart is claimed, and exactly that leaves it when it is paid for.

use std::time::Duration;

use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use cart_axum::{CurrentCart, Problem, Visitor};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::handlers::told;
use super::pages;
use super::said::{Go, Said, go};

/// How long a shopper has to pay.
const TO_PAY: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    claim: String,
}

/// Claims what is in the cart, while the shopper pays.
pub(crate) async fn check_out(
    cart: CurrentCart,
    Form(payment): Form<Payment>,
) -> Result<Response, Problem> {
    Ok(match cart.claim(&payment.claim, TO_PAY).await {
        Ok(_) => {
            let claim = utf8_percent_encode(&payment.claim, NON_ALPHANUMERIC);
            Redirect::to(&format!("/checkout?claim={claim}")).into_response()
        }
        Err(error) => go("/cart", told(&error)).into_response(),
    })
}

pub(crate) async fn payment(
    visitor: Visitor,
    Extension(said): Extension<Said>,
    Query(payment): Query<Payment>,
) -> Result<Response, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    let claims = cart.cart()?.claims();
    let Some(claim) = claims.iter().find(|claim| claim.id() == payment.claim) else {
        return Ok(go("/cart", "That checkout is over.").into_response());
    };
    Ok(pages::payment(&visitor, &cart, claim, &said).into_response())
}

/// The payment has been made: exactly what was claimed leaves the cart.
pub(crate) async fn pay(cart: CurrentCart, Form(payment): Form<Payment>) -> Result<Go, Problem> {
    Ok(match cart.settle(&payment.claim).await {
        Ok(_) => go("/cart", "Thank you! What you bought is on its way."),
        Err(error) => go("/cart", told(&error)),
    })
}

pub(crate) async fn abort(cart: CurrentCart, Form(payment): Form<Payment>) -> Result<Go, Problem> {
    Ok(match cart.abort(&payment.claim).await {
        Ok(_) => go("/cart", "Nothing was paid, and everything is still here."),
        Err(error) => go("/cart", told(&error)),
    })
}
