//! The proxy, before servers that speak in lines.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod connections;
mod counts;
mod exchanges;
mod lines;
mod links;
