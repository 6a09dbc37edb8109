//! The example is a shop in which one can shop.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
#[path = "../built/mod.rs"]
mod built;
mod forms;
#[path = "../../examples/storefront/main.rs"]
#[expect(dead_code, reason = "its `main` is started by nobody here")]
mod storefront;
