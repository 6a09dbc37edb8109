#![doc = include_str!("../README.md")]

#[cfg(any(feature = "servers", feature = "sqlite"))]
mod database;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod history;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "servers", feature = "sqlite"))]
mod reports;
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

#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use database::Database;
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use history::{History, PastVersion};
#[cfg(feature = "mysql")]
pub use mysql::{Mysql, MysqlCartStore, MysqlConfig, MysqlFactory, MysqlSchema};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresCartStore, PostgresConfig, PostgresFactory, PostgresSchema};
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use reports::{
    AbandonedCart, AbandonedPage, AbandonedRequest, CartCounts, CartValues, Conversion,
    ReportFilter, Reports,
};
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use schema::{Migration, SchemaStatus};
#[cfg(feature = "servers")]
pub use server::{Server, ServerCartStore, ServerConfig, ServerFactory, ServerSchema, TlsMode};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteCartStore, SqliteConfig, SqliteFactory, SqliteSchema, Synchronous};
#[cfg(any(feature = "servers", feature = "sqlite"))]
pub use table::TableName;
