#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod row;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod scan;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod schema;
#[cfg(feature = "servers")]
mod server;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod statement;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod table;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod value;

#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresCartStore, PostgresConfig, PostgresFactory, PostgresSchema};
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use schema::{Migration, SchemaStatus};
#[cfg(feature = "servers")]
pub use server::{Server, ServerCartStore, ServerConfig, ServerFactory, ServerSchema, TlsMode};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCartStore, SqliteConfig, SqliteFactory, SqliteSchema, Synchronous};
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use table::TableName;
