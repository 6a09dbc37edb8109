//! A shop, asked over HTTP.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

mod cookies;
mod edits;
mod homes;
mod login;
mod problems;
mod shop;
mod two_stores;
mod visitors;
