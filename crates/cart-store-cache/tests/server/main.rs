//! What the suite doesn't ask of a store: how it behaves on servers that refuse, hang, die, fail
//! over, and move carts among themselves.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

mod redis;
