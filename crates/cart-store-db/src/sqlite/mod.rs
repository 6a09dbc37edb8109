//! Carts in an SQLite file.

mod classify;
mod columns;
mod config;
mod connection;
mod end;
mod factory;
mod job;
mod lock;
mod migrate;
mod opened;
mod read;
mod reader;
mod scan;
mod statements;
mod store;
mod text;
mod write;
mod writer;

pub use config::{SqliteConfig, Synchronous};
pub use factory::SqliteFactory;
pub use migrate::SqliteSchema;
pub use store::SqliteCartStore;
