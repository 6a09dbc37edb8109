//! What a click does. Each change is a POST that ends in a redirect, so that Back and Reload repeat
//! nothing; each form that adds has a key of its own, so that a double click has one effect.

use axum::extract::Query;
use axum::response::Html;
use axum::{Extension, Form};
use cart_axum::{CurrentCart, Problem, Visitor};
use cart_core::{
    CartHandle, Condition, Currency, DomainError, Error, IdempotencyKey, ItemUpdate, QuantityChange,
};
use serde::Deserialize;

use super::catalogue;
use super::pages;
use super::said::{Go, Said, go};

/// The one coupon, and the condition that it is in a cart.
pub(crate) const COUPON: &str = "SUMMER";
pub(crate) const DISCOUNT: &str = "coupon SUMMER";

/// What the first page is to show.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Look {
    #[serde(default)]
    pub(crate) aisle: String,
    #[serde(default)]
    pub(crate) find: String,
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
    /// The cart in which it is.
    #[serde(default)]
    from: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CouponCode {
    code: String,
}

/// What the shopper is told of an error: the words of the domain as they are, and of everything else that
/// it can be tried again.
pub(crate) fn told(error: &Error) -> String {
    error.domain().map_or_else(
        || "That didn't work. Please try again in a moment.".to_owned(),
        DomainError::to_string,
    )
}

pub(crate) async fn home(
    visitor: Visitor,
    Extension(said): Extension<Said>,
    Query(look): Query<Look>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    Ok(pages::home(&visitor, &cart, &said, &look)?)
}

pub(crate) async fn cart(
    visitor: Visitor,
    Extension(said): Extension<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    let later = visitor.cart("later")?.load().await?;
    Ok(pages::cart(&visitor, &cart, &later, &said)?)
}

pub(crate) async fn wishlist(
    visitor: Visitor,
    Extension(said): Extension<Said>,
) -> Result<Html<String>, Problem> {
    let cart = visitor.cart("default")?.load().await?;
    let wishes = visitor.cart("wishlist")?.load().await?;
    Ok(pages::wishlist(&visitor, &cart, &wishes, &said)?)
}

pub(crate) async fn add(cart: CurrentCart, Form(choice): Form<Choice>) -> Result<Go, Problem> {
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(go("/", "We don't sell that."));
    };
    let item = product.item(choice.quantity.max(1))?;
    let once = IdempotencyKey::new(format!("add {}", choice.once), &choice.sku)?;
    let added = cart.edit_once(&once, |cart| cart.add(item.clone())).await;
    Ok(match added {
        Ok(_) => go("/", format!("{} is in your cart.", product.name)),
        Err(error) => go("/", told(&error)),
    })
}

pub(crate) async fn change(cart: CurrentCart, Form(choice): Form<Choice>) -> Result<Go, Problem> {
    let update = ItemUpdate::new().quantity(QuantityChange::To(choice.quantity));
    Ok(match cart.update(&choice.sku, update).await {
        Ok(_) => go("/cart", "Your cart is up to date."),
        Err(error) => go("/cart", told(&error)),
    })
}

pub(crate) async fn coupon(
    cart: CurrentCart,
    Form(coupon): Form<CouponCode>,
) -> Result<Go, Problem> {
    if !coupon.code.trim().eq_ignore_ascii_case(COUPON) {
        return Ok(go("/cart", "We don't know this coupon."));
    }
    let discount = Condition::discount(DISCOUNT, "10%", Currency::parse("USD")?)?;
    Ok(match cart.apply(discount).await {
        Ok(_) => go("/cart", "Ten percent off."),
        Err(error) => go("/cart", told(&error)),
    })
}

pub(crate) async fn no_coupon(cart: CurrentCart) -> Result<Go, Problem> {
    cart.remove_condition(DISCOUNT).await?;
    Ok(go("/cart", "The coupon is yours again."))
}

pub(crate) async fn wish(visitor: Visitor, Form(choice): Form<Choice>) -> Result<Go, Problem> {
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(go("/", "We don't sell that."));
    };
    let item = product.item(1)?;
    let wishes = visitor.cart("wishlist")?;
    // A wish is made or not; it isn't counted.
    let made = wishes.edit(|wishes| match wishes.items().get(&choice.sku) {
        Some(_) => Ok(()),
        None => wishes.add(item.clone()).map(drop),
    });
    Ok(match made.await {
        Ok(_) => go("/", format!("{} is on your wishlist.", product.name)),
        Err(error) => go("/", told(&error)),
    })
}

/// Saves a line of the cart for later.
pub(crate) async fn put_aside(visitor: Visitor, Form(choice): Form<Choice>) -> Result<Go, Problem> {
    let (cart, later) = (visitor.cart("default")?, visitor.cart("later")?);
    Ok(match shift(&cart, &later, &choice).await {
        Ok(_) => go("/cart", "Saved for later."),
        Err(error) => go("/cart", told(&error)),
    })
}

/// Takes what was wished for, or saved for later, into the cart.
pub(crate) async fn take(visitor: Visitor, Form(choice): Form<Choice>) -> Result<Go, Problem> {
    let (from, back) = match choice.from.as_str() {
        "later" => ("later", "/cart"),
        _ => ("wishlist", "/wishlist"),
    };
    let (from, cart) = (visitor.cart(from)?, visitor.cart("default")?);
    Ok(match shift(&from, &cart, &choice).await {
        Ok(true) => go(back, "It is in your cart."),
        Ok(false) => go(back, "That isn't there any more."),
        Err(error) => go(back, told(&error)),
    })
}

/// Moves a line from one cart to another, and says whether it was there. It is put into the one first:
/// what is in both for a moment is better than what is in neither.
async fn shift(from: &CartHandle, to: &CartHandle, choice: &Choice) -> Result<bool, Error> {
    let source = from.load().await?;
    let Some(line) = source.items()?.get(&choice.sku) else {
        return Ok(false);
    };
    let Some(product) = catalogue::find(&choice.sku) else {
        return Ok(false);
    };
    let item = product.item(line.quantity())?;
    let once = IdempotencyKey::new(format!("move {}", choice.once), &choice.sku)?;
    to.edit_once(&once, |cart| cart.add(item.clone())).await?;
    from.remove(&choice.sku).await?;
    Ok(true)
}
