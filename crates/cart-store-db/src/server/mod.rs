//! What the stores on a server share: PostgreSQL's and MySQL's differ in what a [`Server`] says, and
//! in nothing else.

mod address;
mod config;
mod connection;
mod deadline;
mod driver;
mod factory;
mod failure;
mod lock;
mod many;
mod meaning;
mod open;
mod pool;
mod read;
mod readers;
mod rename;
mod save;
mod schema;
mod statements;
mod store;
mod sweep;
mod tls;
mod transaction;

pub use config::ServerConfig;
pub use driver::Server;
pub use factory::ServerFactory;
pub use schema::ServerSchema;
pub use store::ServerCartStore;
pub use tls::TlsMode;

pub(crate) use address::Place;
pub(crate) use config::Settings;
pub(crate) use connection::Connection;
pub(crate) use driver::{Driver, Profile};
pub(crate) use failure::{Cause, Failure};
#[cfg(feature = "postgres")]
pub(crate) use lock::number_of;
pub(crate) use meaning::{Meaning, meaning};
pub(crate) use statements::{Slot, Statements, Write};
#[cfg(feature = "postgres")]
pub(crate) use tls::client_config;
#[cfg(feature = "mysql")]
pub(crate) use tls::trusted;
