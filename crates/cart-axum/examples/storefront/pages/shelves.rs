//! What there is to buy.

use axum::response::Html;
use cart_axum::Visitor;
use cart_core::{CartSnapshot, Error};
use maud::{Markup, html};

use super::super::catalogue::{self, AISLES, Product};
use super::super::handlers::Look;
use super::super::said::Said;
use super::{money, once, page, picture};

/// How many products the first page shows.
const SHOWN: usize = 24;

pub(crate) fn home(
    visitor: &Visitor,
    cart: &CartSnapshot,
    said: &Said,
    look: &Look,
) -> Result<Html<String>, Error> {
    let sign = AISLES.iter().find(|(aisle, _)| *aisle == look.aisle);
    let wanted = look.find.trim().to_lowercase();
    let is_wanted = |product: &Product| {
        let is_here = sign.is_none_or(|(aisle, _)| product.aisle == *aisle);
        is_here && product.name.contains(&wanted)
    };
    let is_first_page = sign.is_none() && wanted.is_empty();
    let limit = if is_first_page { SHOWN } else { usize::MAX };
    let cards = catalogue::products()
        .filter(is_wanted)
        .take(limit)
        .map(|product| card(&product))
        .collect::<Result<Vec<_>, _>>()?;
    let title = match sign {
        _ if !wanted.is_empty() => format!("“{}”", look.find.trim()),
        Some((_, sign)) => (*sign).to_owned(),
        None => "What people take home".to_owned(),
    };
    let content = html! {
        @if is_first_page {
            div.hero {
                p.headline { "Good food, round the corner." }
                p { "Fill a cart on the phone, finish it on the laptop: it is the same one." }
                p { "Ten percent off with the coupon " strong { "SUMMER" } "." }
            }
        }
        nav.aisles aria-label="Aisles" {
            a href="/" aria-current=[is_first_page.then_some("page")] { "Favourites" }
            @for (aisle, sign) in AISLES {
                a href={ "/?aisle=" (aisle) } aria-current=[(aisle == look.aisle).then_some("page")] { (sign) }
            }
        }
        h1 { (title) }
        @if cards.is_empty() {
            p { "Nothing here is called that. " a href="/" { "Look at everything." } }
        }
        ul.products {
            @for card in &cards { (card) }
        }
    };
    Ok(page(visitor, cart, "Groceries", said, &content))
}

fn card(product: &Product) -> Result<Markup, Error> {
    let price = product.price()?;
    Ok(html! {
        li {
            (picture(product.sku))
            h2 { (product.name) }
            p.note {
                @if product.baskets > 0 { "in " (product.baskets) " baskets" } @else { "imported" }
            }
            p.price { (money(price)) }
            div.actions {
                form method="post" action="/add" {
                    input type="hidden" name="sku" value=(product.sku);
                    input type="hidden" name="once" value=(once());
                    button aria-label={ "Add " (product.name) " to the cart" } { "Add to cart" }
                }
                form method="post" action="/wishlist/add" {
                    input type="hidden" name="sku" value=(product.sku);
                    button.plain.heart aria-label={ "Put " (product.name) " on the wishlist" } { "♡" }
                }
            }
        }
    })
}
