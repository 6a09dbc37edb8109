//! What databases do beside keeping carts, on each database that is compiled in.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

#[macro_use]
mod shop;

mod history;
mod queries;
mod reports;
