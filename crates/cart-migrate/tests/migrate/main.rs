//! Carts move from store to store, beside writers and through faults.
#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod copy;
mod faults;
mod interleavings;
mod pace;
mod repair;
mod resume;
mod selection;
mod support;
mod verify;
