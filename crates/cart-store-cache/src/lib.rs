#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod capability;
mod classify;
mod config;
mod connection;
mod factory;
mod failure;
mod flush;
mod key;
mod list;
mod load;
mod profile;
mod rename;
mod save;
mod scan;
mod scripts;
mod statistics;
mod store;
mod tls;
mod unmark;
mod value;
mod walk;

pub use config::CacheConfig;
pub use factory::CacheFactory;
pub use key::Prefix;
pub use statistics::Statistics;
pub use store::CacheCartStore;
