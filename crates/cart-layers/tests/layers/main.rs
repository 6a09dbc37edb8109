//! What each layer does, and in which order they work.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod metrics;
mod order;
mod retry;
mod support;
mod timeout;
mod trace;
