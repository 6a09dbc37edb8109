//! Carts in PostgreSQL.

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
use self::connection::PostgresConnection;
use crate::database::Dialect;
use crate::scan::Hints;
use crate::schema::{Migration, migrations};
use crate::server::{
    Connection, Driver, Failure, Profile, ServerCartStore, ServerConfig, ServerFactory,
    ServerSchema, Settings, Statements,
};
use crate::table::TableName;

/// Keeps carts in a PostgreSQL database.
///
/// ```no_run
/// use cart_core::CartStore;
/// use cart_store_db::{PostgresCartStore, PostgresConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let config: PostgresConfig = "postgres://cart:secret@db.example.com/shop".parse()?;
/// let store = PostgresCartStore::open(config).await?;
/// println!("{:?}", store.info().capabilities.durability);
/// # Ok(())
/// # }
/// ```
pub type PostgresCartStore = ServerCartStore<Postgres>;

/// How to open a [`PostgresCartStore`].
///
/// ```
/// use cart_store_db::PostgresConfig;
///
/// let by_url: PostgresConfig = "postgres://cart:secret@localhost/shop?pool=8".parse()?;
/// let by_hand = PostgresConfig::new("localhost", "cart", "shop")
///     .with_password("secret")
///     .with_pool(8);
/// assert_eq!(format!("{by_url:?}"), format!("{by_hand:?}"));
/// assert!(!format!("{by_url:?}").contains("secret"));
/// # Ok::<(), cart_core::Error>(())
/// ```
pub type PostgresConfig = ServerConfig<Postgres>;

/// Opens [`PostgresCartStore`]s by URL or by the `database` section.
pub type PostgresFactory = ServerFactory<Postgres>;

/// The schema in a PostgreSQL database.
pub type PostgresSchema = ServerSchema<Postgres>;

/// PostgreSQL, version 12 or newer, as a kind of [`Server`](crate::Server).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Postgres;

impl Driver for Postgres {
    type Connector = Connector;
    type Connection = PostgresConnection;

    const NAME: &'static str = "postgres";
    const SCHEMES: &'static [&'static str] = &["postgres", "postgresql"];
    const PORT: u16 = 5432;
    const MIGRATIONS: &'static [Migration] = &migrations!("postgres");
    const HINTS: Hints = dialect::HINTS;
    const DIALECT: &'static Dialect = &dialect::DIALECT;
    const SHARES: bool = true;

    fn statements(table: &TableName) -> Statements {
        statements::of(table)
    }

    fn connector(settings: &Settings) -> Result<Connector, Error> {
        Connector::new(settings)
    }

    async fn connect(connector: &Connector) -> Result<PostgresConnection, Failure> {
        connector.connect().await
    }

    fn share(connection: &PostgresConnection) -> PostgresConnection {
        connection.clone()
    }

    async fn profile(connection: &mut PostgresConnection) -> Result<Profile, Failure> {
        profile::ask(connection).await
    }

    async fn begin_schema(
        connection: &mut PostgresConnection,
        table: &TableName,
    ) -> Result<(), Failure> {
        // PostgreSQL takes back a step that fails, as any other change.
        let number = statements::schema_number(table);
        let begin = format!(
            "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
             SELECT pg_advisory_xact_lock({number})"
        );
        connection.batch(&begin).await
    }

    async fn end_schema(
        connection: &mut PostgresConnection,
        _table: &TableName,
        keep: bool,
    ) -> Result<(), Failure> {
        let end = if keep { "COMMIT" } else { "ROLLBACK" };
        connection.batch(end).await
    }
}
