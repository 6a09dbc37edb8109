//! What the suite doesn't ask of a store: how it behaves on a server of its own that is killed,
//! stopped, locked up and set up in other ways.
//!
//! The tests in `shared` are part of each server's module: `site` says in what the server differs.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]
#![cfg_attr(
    all(feature = "mysql", feature = "postgres"),
    expect(clippy::duplicate_mod, reason = "each server has the same tests")
)]

#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
