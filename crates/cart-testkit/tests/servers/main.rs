//! The private servers, and what can be done to them: against the real programs.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod acts;
mod children;
mod mariadb;
mod mysql;
mod postgres;
mod redis;
mod valkey;
