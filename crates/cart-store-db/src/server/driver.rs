//! What one kind of database server says of itself.

use std::fmt::Debug;
use std::future::Future;

use cart_core::{Durability, Error};

use super::config::Settings;
use super::connection::Connection;
use super::failure::Failure;
use super::statements::Statements;
use crate::database::Dialect;
use crate::scan::Hints;
use crate::schema::Migration;
use crate::table::TableName;

/// A kind of database server: [`Postgres`](crate::Postgres) is one.
///
/// Only this crate has servers; for others it is a name in types.
#[expect(
    private_bounds,
    reason = "sealed: how the servers differ is nobody else's business"
)]
pub trait Server: Driver {}

impl<D: Driver> Server for D {}

/// Everything in which the servers differ.
pub(crate) trait Driver: Debug + Send + Sync + Sized + 'static {
    /// What opens connections.
    type Connector: Debug + Send + Sync + 'static;

    /// A connection to the server.
    type Connection: Connection;

    /// The name that errors, metrics and reports carry.
    const NAME: &'static str;

    /// The schemes of its URLs; the first is the one that is written.
    const SCHEMES: &'static [&'static str];

    /// The port that it listens on unless told otherwise.
    const PORT: u16;

    /// Every step of the schema, in its order.
    const MIGRATIONS: &'static [Migration];

    /// How it is brought to walk an index.
    const HINTS: Hints;

    /// How it is asked for reports and history.
    const DIALECT: &'static Dialect;

    /// Whether the protocol lets a call be sent while others wait for their answers.
    const SHARES: bool;

    /// The statements on this table.
    fn statements(table: &TableName) -> Statements;

    /// Prepares for opening connections; asks no server.
    fn connector(settings: &Settings) -> Result<Self::Connector, Error>;

    /// Opens a connection and sets it up.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no connection stays open.
    fn connect(
        connector: &Self::Connector,
    ) -> impl Future<Output = Result<Self::Connection, Failure>> + Send;

    /// Another handle to the same connection; asked for only where the server [shares].
    ///
    /// [shares]: Driver::SHARES
    fn share(connection: &Self::Connection) -> Self::Connection;

    /// What the server and the connection are set to.
    fn profile(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<Profile, Failure>> + Send;

    /// Makes every other one that changes this table's schema wait.
    fn begin_schema(
        connection: &mut Self::Connection,
        table: &TableName,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Lets the others go on; `keep` says whether what was done shall stay, where the server can
    /// take it back.
    fn end_schema(
        connection: &mut Self::Connection,
        table: &TableName,
        keep: bool,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What a server is set to.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// What an acknowledged write survives.
    pub(crate) durability: Durability,
    /// Product, version and settings, in words.
    pub(crate) description: String,
    /// The largest record that it takes, in bytes.
    pub(crate) record_limit: usize,
}
