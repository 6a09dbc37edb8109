#![doc = include_str!("../README.md")]

mod address;
mod classify;
mod config;
mod connection;
mod failure;
mod key;
mod profile;
mod tls;
mod value;

pub use config::CacheConfig;
pub use key::Prefix;
