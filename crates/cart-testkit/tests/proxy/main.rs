//! The proxy, before servers that speak in lines, and before real ones.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod connections;
mod counts;
mod exchanges;
mod lines;
mod links;
#[cfg(all(feature = "servers", target_os = "linux"))]
mod mariadb;
#[cfg(all(feature = "servers", target_os = "linux"))]
mod postgres;
#[cfg(all(feature = "servers", target_os = "linux"))]
mod redis;
