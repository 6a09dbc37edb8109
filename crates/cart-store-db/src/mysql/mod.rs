//! Carts in MySQL and MariaDB.

mod classify;
mod connect;
mod connection;
mod dialect;
#[cfg(test)]
mod plans;
mod profile;
mod statements;

use cart_core::Error;

use self::connect::Connector;
use self::connection::MysqlConnection;
use crate::database::Dialect;
use crate::scan::Hints;
use crate::schema::{Migration, migrations};
use crate::server::{
    Connection, Driver, Failure, Profile, ServerCartStore, ServerConfig, ServerFactory,
    ServerSchema, Settings, Statements,
};
use crate::table::TableName;

/// Keeps carts in a MySQL or MariaDB database.
///
/// ```no_run
/// use cart_core::CartStore;
/// use cart_store_db::{MysqlCartStore, MysqlConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let config: MysqlConfig = "mysql://cart:secret@db.example.com/shop".parse()?;
/// let store = MysqlCartStore::open(config).await?;
/// println!("{:?}", store.info().capabilities.durability);
/// # Ok(())
/// # }
/// ```
pub type MysqlCartStore = ServerCartStore<Mysql>;

/// How to open a [`MysqlCartStore`].
///
/// A socket is the file that the server listens on, not its folder. There are no shared
/// connections for loads, as the protocol has none: `readers` does nothing, and all calls share
/// the pool.
///
/// ```
/// use cart_store_db::MysqlConfig;
///
/// let by_url: MysqlConfig = "mysql://cart:secret@localhost/shop?pool=8".parse()?;
/// let by_hand = MysqlConfig::new("localhost", "cart", "shop")
///     .with_password("secret")
///     .with_pool(8);
/// assert_eq!(format!("{by_url:?}"), format!("{by_hand:?}"));
/// assert!(!format!("{by_url:?}").contains("secret"));
/// # Ok::<(), cart_core::Error>(())
/// ```
pub type MysqlConfig = ServerConfig<Mysql>;

/// Opens [`MysqlCartStore`]s by URL (`mysql:` or `mariadb:`) or by the `database` section.
pub type MysqlFactory = ServerFactory<Mysql>;

/// The schema in a MySQL or MariaDB database.
pub type MysqlSchema = ServerSchema<Mysql>;

/// MariaDB, version 10.6 or newer, and MySQL, version 8.0.13 or newer, as one kind of
/// [`Server`](crate::Server).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Mysql;

impl Driver for Mysql {
    type Connector = Connector;
    type Connection = MysqlConnection;

    const NAME: &'static str = "mysql";
    const SCHEMES: &'static [&'static str] = &["mysql", "mariadb"];
    const PORT: u16 = 3306;
    const MIGRATIONS: &'static [Migration] = &migrations!("mysql");
    const HINTS: Hints = dialect::HINTS;
    const DIALECT: &'static Dialect = &dialect::DIALECT;
    const SHARES: bool = false;

    fn statements(table: &TableName) -> Statements {
        statements::of(table)
    }

    fn connector(settings: &Settings) -> Result<Connector, Error> {
        Connector::new(settings)
    }

    async fn connect(connector: &Connector) -> Result<MysqlConnection, Failure> {
        connector.connect().await
    }

    fn share(_connection: &MysqlConnection) -> MysqlConnection {
        unreachable!("a connection of this protocol serves one call at a time")
    }

    async fn profile(connection: &mut MysqlConnection) -> Result<Profile, Failure> {
        profile::ask(connection).await
    }

    async fn begin_schema(
        connection: &mut MysqlConnection,
        table: &TableName,
    ) -> Result<(), Failure> {
        connection.batch(connect::UNHURRIED).await?;
        connection.hold(&schema_lock(table)).await
    }

    async fn end_schema(
        connection: &mut MysqlConnection,
        table: &TableName,
        _keep: bool,
    ) -> Result<(), Failure> {
        // What a step that failed has done stays, and is done again by the next one who tries: so
        // the steps are written.
        connection.release(&schema_lock(table)).await?;
        connection.set_up().await
    }
}

/// The lock of those who change the schema of this table.
fn schema_lock(table: &TableName) -> String {
    dialect::lock_of(&format!("schema of {table}"))
}
