//! The pages: HTML without script, that a screen reader, a phone and a printer can all make sense of.

use axum::response::Html;
use cart_axum::Visitor;
use cart_core::{CartSnapshot, Claim, Error, Item, Money, Randomness, SystemRandomness, Totals};
use maud::{DOCTYPE, Markup, html};

use super::catalogue::{self, Product};

const STYLE: &str = include_str!("style.css");

/// How many products the first page shows.
const SHOWN: usize = 48;

/// A key that no other form has.
fn once() -> String {
    format!("{:016x}", SystemRandomness.next())
}

fn page(
    visitor: &Visitor,
    cart: &CartSnapshot,
    title: &str,
    said: &str,
    content: &Markup,
) -> Html<String> {
    let units = cart.summary().units;
    let name = visitor.user().map(|user| user.identifier().to_owned());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Corner Shop" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header {
                    a.brand href="/" { "Corner Shop" }
                    nav aria-label="Shop" {
                        a href="/wishlist" { "Wishlist" }
                        a href="/cart" { "Cart " span.count { (units) } }
                        @if let Some(name) = &name {
                            form method="post" action="/logout" {
                                button.plain { "Sign out " (name) }
                            }
                        } @else {
                            a href="/login" { "Sign in" }
                        }
                    }
                }
                main id="content" {
                    @if !said.is_empty() {
                        p.said role="status" { (said) }
                    }
                    (content)
                }
                footer { "An example of cart-axum. Products: the data set Groceries." }
            }
        }
    };
    Html(page.into_string())
}

pub(crate) fn home(
    visitor: &Visitor,
    cart: &CartSnapshot,
    said: &str,
) -> Result<Html<String>, Error> {
    let imported = catalogue::products().filter(|product| product.currency != "USD");
    let products = catalogue::products().take(SHOWN).chain(imported);
    let cards = products
        .map(|product| card(&product))
        .collect::<Result<Vec<_>, _>>()?;
    let content = html! {
        h1 { "What people take home" }
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
            h2 { (product.name) }
            p.price { (money(price)) }
            @if product.baskets > 0 {
                p.note { "in " (product.baskets) " baskets" }
            }
            div.actions {
                form method="post" action="/add" {
                    input type="hidden" name="sku" value=(product.sku);
                    input type="hidden" name="once" value=(once());
                    button aria-label={ "Add " (product.name) " to the cart" } { "Add to cart" }
                }
                form method="post" action="/wishlist/add" {
                    input type="hidden" name="sku" value=(product.sku);
                    button.plain aria-label={ "Put " (product.name) " on the wishlist" } { "♡" }
                }
            }
        }
    })
}

pub(crate) fn cart(
    visitor: &Visitor,
    cart: &CartSnapshot,
    said: &str,
) -> Result<Html<String>, Error> {
    let items = cart.items()?;
    let totals = cart.totals()?;
    let content = html! {
        h1 { "Your cart" }
        @if items.is_empty() {
            p { "There is nothing in it yet. " a href="/" { "Have a look around." } }
        } @else {
            (lines(items.iter(), &totals))
            (sums(&totals))
            div.actions {
                form method="post" action="/cart/coupon" {
                    label { "Coupon " input name="code" autocomplete="off"; }
                    button.plain { "Use it" }
                }
                form method="post" action="/checkout" {
                    input type="hidden" name="claim" value=(once());
                    button { "Check out" }
                }
            }
        }
    };
    Ok(page(visitor, cart, "Cart", said, &content))
}

fn lines<'a>(items: impl Iterator<Item = &'a Item>, totals: &Totals) -> Markup {
    html! {
        table {
            thead {
                tr { th scope="col" { "Product" } th scope="col" { "Quantity" } th.number scope="col" { "Price" } }
            }
            tbody {
                @for (item, line) in items.zip(&totals.lines) {
                    tr {
                        th scope="row" { (item.name()) }
                        td {
                            form method="post" action="/cart/change" {
                                input type="hidden" name="sku" value=(item.id());
                                input type="number" name="quantity" min="0" max="10000" value=(item.quantity())
                                    aria-label={ "Quantity of " (item.name()) };
                                button.plain { "Change" }
                            }
                        }
                        td.number { (amount(line.amount, totals)) }
                    }
                }
            }
        }
    }
}

fn sums(totals: &Totals) -> Markup {
    html! {
        dl.sums {
            @for condition in &totals.breakdown {
                dt { (condition.name) }
                dd { (amount(condition.moved, totals)) }
            }
            dt { "Total" }
            dd.total { (amount(totals.total, totals)) }
        }
    }
}

pub(crate) fn wishlist(
    visitor: &Visitor,
    cart: &CartSnapshot,
    wishes: &CartSnapshot,
    said: &str,
) -> Result<Html<String>, Error> {
    let items = wishes.items()?;
    let content = html! {
        h1 { "Your wishlist" }
        @if items.is_empty() {
            p { "Nothing to wish for? " a href="/" { "Have a look around." } }
        }
        ul.wishes {
            @for item in items.iter() {
                li {
                    span { (item.name()) }
                    form method="post" action="/wishlist/move" {
                        input type="hidden" name="sku" value=(item.id());
                        input type="hidden" name="once" value=(once());
                        button { "Move to cart" }
                    }
                }
            }
        }
    };
    Ok(page(visitor, cart, "Wishlist", said, &content))
}

pub(crate) fn payment(visitor: &Visitor, cart: &CartSnapshot, claim: &Claim) -> Html<String> {
    let content = html! {
        h1 { "Pay" }
        p { "You pay " strong { (money(claim.total())) } " for these, whatever you change meanwhile:" }
        ul {
            @for line in claim.lines() {
                li { (line.quantity) " × " (catalogue::find(&line.item_id).map_or("something", |product| product.name)) }
            }
        }
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
    };
    page(visitor, cart, "Pay", "", &content)
}

pub(crate) fn login(visitor: &Visitor, cart: &CartSnapshot, said: &str) -> Html<String> {
    let content = html! {
        h1 { "Sign in" }
        form.stacked method="post" action="/login" {
            label { "Name" input name="name" required autocomplete="username"; }
            label { "Password" input name="password" type="password" required autocomplete="current-password"; }
            button { "Sign in" }
        }
    };
    page(visitor, cart, "Sign in", said, &content)
}

fn amount(minor: i64, totals: &Totals) -> String {
    totals
        .currency
        .map_or_else(String::new, |currency| money(Money::new(minor, currency)))
}

fn money(money: Money) -> String {
    money.to_string()
}
