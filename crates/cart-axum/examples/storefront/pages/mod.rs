//! The pages: HTML without script, that a screen reader, a phone and a printer can all make sense of.

mod basket;
mod shelves;

use axum::response::Html;
use cart_axum::Visitor;
use cart_core::{CartSnapshot, Claim, Money, Randomness, SystemRandomness, Totals};
use maud::{DOCTYPE, Markup, html};

use super::catalogue;
use super::said::Said;

pub(crate) use self::basket::{cart, wishlist};
pub(crate) use self::shelves::home;

/// The sign above the door, as the icon of the page.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'%3E\
    %3Ctext y='.9em' font-size='90'%3E%F0%9F%A7%BA%3C/text%3E%3C/svg%3E";

/// A key that no other form has.
fn once() -> String {
    format!("{:016x}", SystemRandomness.next())
}

fn page(
    visitor: &Visitor,
    cart: &CartSnapshot,
    title: &str,
    said: &Said,
    content: &Markup,
) -> Html<String> {
    let Said(said) = said;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Corner Shop" }
                link rel="icon" href=(ICON);
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#content" { "Skip to content" }
                (header(visitor, cart))
                main id="content" {
                    @if !said.is_empty() {
                        p.said role="status" { (said) }
                    }
                    (content)
                }
                footer {
                    p { "An example of " code { "cart-axum" } ". No script runs on this page." }
                    p { "What is on the shelves: the data set Groceries." }
                }
            }
        }
    };
    Html(page.into_string())
}

fn header(visitor: &Visitor, cart: &CartSnapshot) -> Markup {
    let units = cart.summary().units;
    let name = visitor.user().map(|user| user.identifier().to_owned());
    html! {
        header {
            a.brand href="/" { span aria-hidden="true" { "🧺" } " Corner Shop" }
            form.search role="search" action="/" {
                input type="search" name="find" aria-label="Find a product" placeholder="Find milk, bread, tea …";
                button.plain { "Find" }
            }
            nav aria-label="Yours" {
                a href="/wishlist" { "Wishlist" }
                @if let Some(name) = &name {
                    form method="post" action="/logout" {
                        button.link { "Sign out " (name) }
                    }
                } @else {
                    a href="/login" { "Sign in" }
                }
                a.basket href="/cart" { "Cart " span.count { (units) } }
            }
        }
    }
}

/// What a product looks like, for those who see it.
fn picture(sku: &str) -> Markup {
    let product = catalogue::find(sku);
    let (aisle, picture) = product.map_or(("pantry", "🛒"), |product| {
        (product.aisle, product.picture)
    });
    html! { span.picture.(aisle) aria-hidden="true" { (picture) } }
}

pub(crate) fn payment(
    visitor: &Visitor,
    cart: &CartSnapshot,
    claim: &Claim,
    said: &Said,
) -> Html<String> {
    let content = html! {
        section.narrow {
            h1 { "Pay" }
            p { "This is yours for a quarter of an hour, whatever you change meanwhile." }
            ul.lines {
                @for line in claim.lines() {
                    li {
                        (picture(&line.item_id))
                        span.name { (catalogue::find(&line.item_id).map_or("something", |product| product.name)) }
                        span.number { "× " (line.quantity) }
                    }
                }
            }
            dl.sums { dt.total { "To pay" } dd.total { (money(claim.total())) } }
            div.actions {
                form method="post" action="/checkout/pay" {
                    input type="hidden" name="claim" value=(claim.id());
                    button { "Pay now" }
                }
                form method="post" action="/checkout/abort" {
                    input type="hidden" name="claim" value=(claim.id());
                    button.plain { "Not now" }
                }
            }
        }
    };
    page(visitor, cart, "Pay", said, &content)
}

pub(crate) fn login(visitor: &Visitor, cart: &CartSnapshot, said: &Said) -> Html<String> {
    let content = html! {
        section.narrow {
            h1 { "Sign in" }
            p { "Any name will do here, with the password " strong { "tea" } ". What you have chosen comes along." }
            form.stacked method="post" action="/login" {
                label { "Name" input name="name" required maxlength="60" autocomplete="username"; }
                label { "Password" input name="password" type="password" required autocomplete="current-password"; }
                button { "Sign in" }
            }
        }
    };
    page(visitor, cart, "Sign in", said, &content)
}

fn amount(minor: i64, totals: &Totals) -> String {
    totals
        .currency
        .map_or_else(String::new, |currency| money(Money::new(minor, currency)))
}

/// An amount as it stands on a price tag.
fn money(money: Money) -> String {
    let text = money.to_string();
    let (amount, sign) = match text.split_once(' ') {
        Some((amount, "USD")) => (amount, "$"),
        Some((amount, "EUR")) => (amount, "€"),
        _ => return text,
    };
    amount.strip_prefix('-').map_or_else(
        || format!("{sign}{amount}"),
        |amount| format!("−{sign}{amount}"),
    )
}
