#![doc = include_str!("../README.md")]

mod config;
mod connection;
mod failure;
mod items;
mod pool;
mod reply;
mod store;

pub use config::{MemcachedConfig, MemcachedFactory};
pub use store::MemcachedCartStore;
