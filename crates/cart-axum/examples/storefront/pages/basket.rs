//! What the shopper has: in the cart, for later, on the wishlist.

use axum::response::Html;
use cart_axum::Visitor;
use cart_core::{CartSnapshot, Error, Item, Totals};
use maud::{Markup, html};

use super::super::handlers::DISCOUNT;
use super::super::said::Said;
use super::{amount, money, once, page, picture};

pub(crate) fn cart(
    visitor: &Visitor,
    cart: &CartSnapshot,
    later: &CartSnapshot,
    said: &Said,
) -> Result<Html<String>, Error> {
    let items = cart.items()?;
    let totals = cart.totals()?;
    let later = later.items()?;
    let content = html! {
        h1 { "Your cart" }
        @if items.is_empty() {
            p.empty { "There is nothing in it yet. " a href="/" { "Have a look around." } }
        } @else {
            div.checkout {
                (lines(items.iter(), &totals))
                (bill(&totals))
            }
        }
        @if !later.is_empty() {
            h2.later { "Saved for later" }
            (shelf("later", later.iter()))
        }
    };
    Ok(page(visitor, cart, "Cart", said, &content))
}

fn lines<'a>(items: impl Iterator<Item = &'a Item>, totals: &Totals) -> Markup {
    html! {
        ul.lines {
            @for (item, line) in items.zip(&totals.lines) {
                li {
                    (picture(item.id()))
                    div.name {
                        h2 { (item.name()) }
                        p.note { (money(item.price())) " each" }
                    }
                    form method="post" action="/cart/change" {
                        input type="hidden" name="sku" value=(item.id());
                        input type="number" name="quantity" min="0" max="10000" value=(item.quantity())
                            aria-label={ "Quantity of " (item.name()) };
                        button.plain aria-label={ "Change the quantity of " (item.name()) } { "Change" }
                    }
                    p.number { (amount(line.amount, totals)) }
                    div.aside {
                        form method="post" action="/cart/later" {
                            input type="hidden" name="sku" value=(item.id());
                            input type="hidden" name="once" value=(once());
                            button.link aria-label={ "Save " (item.name()) " for later" } { "Save for later" }
                        }
                        form method="post" action="/cart/change" {
                            input type="hidden" name="sku" value=(item.id());
                            button.link aria-label={ "Remove " (item.name()) } name="quantity" value="0" { "Remove" }
                        }
                    }
                }
            }
        }
    }
}

/// What it comes to, and how to pay it.
fn bill(totals: &Totals) -> Markup {
    let has_coupon = totals
        .breakdown
        .iter()
        .any(|condition| condition.name == DISCOUNT);
    html! {
        section.bill aria-label="What it comes to" {
            dl.sums {
                dt { "Products" }
                dd { (amount(totals.lines.iter().map(|line| line.amount).sum(), totals)) }
                @for condition in &totals.breakdown {
                    dt { (condition.name) }
                    dd { (amount(condition.moved, totals)) }
                }
                dt.total { "Total" }
                dd.total { (amount(totals.total, totals)) }
            }
            form method="post" action="/checkout" {
                input type="hidden" name="claim" value=(once());
                button.wide { "Check out" }
            }
            @if has_coupon {
                form method="post" action="/cart/coupon/remove" {
                    button.link { "Take the coupon back" }
                }
            } @else {
                form.coupon method="post" action="/cart/coupon" {
                    label for="code" { "Coupon" }
                    input id="code" name="code" autocomplete="off";
                    button.plain { "Use it" }
                }
            }
        }
    }
}

pub(crate) fn wishlist(
    visitor: &Visitor,
    cart: &CartSnapshot,
    wishes: &CartSnapshot,
    said: &Said,
) -> Result<Html<String>, Error> {
    let items = wishes.items()?;
    let content = html! {
        h1 { "Your wishlist" }
        @if items.is_empty() {
            p.empty { "Nothing to wish for? " a href="/" { "Have a look around." } }
        }
        (shelf("wishlist", items.iter()))
    };
    Ok(page(visitor, cart, "Wishlist", said, &content))
}

/// What lies in another cart, to be taken into this one.
fn shelf<'a>(instance: &str, items: impl Iterator<Item = &'a Item>) -> Markup {
    html! {
        ul.lines {
            @for item in items {
                li {
                    (picture(item.id()))
                    span.name { (item.name()) }
                    @if item.quantity() > 1 { span.note { "× " (item.quantity()) } }
                    form method="post" action="/take" {
                        input type="hidden" name="from" value=(instance);
                        input type="hidden" name="sku" value=(item.id());
                        input type="hidden" name="once" value=(once());
                        button.plain aria-label={ "Move " (item.name()) " to the cart" } { "Move to cart" }
                    }
                }
            }
        }
    }
}
