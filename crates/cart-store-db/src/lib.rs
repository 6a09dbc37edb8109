#![doc = include_str!("../README.md")]

#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod scan;
#[cfg(feature = "sqlite")]
mod schema;
#[cfg(feature = "sqlite")]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod statement;
#[cfg(feature = "sqlite")]
mod table;
#[cfg(feature = "sqlite")]
mod value;

#[cfg(feature = "sqlite")]
pub use schema::{Migration, SchemaStatus};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCartStore, SqliteConfig, SqliteFactory, SqliteSchema, Synchronous};
#[cfg(feature = "sqlite")]
pub use table::TableName;
