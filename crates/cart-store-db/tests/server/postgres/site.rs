//! In what PostgreSQL differs, as far as the shared tests go.

use cart_testkit::servers::SqlServer;

pub(super) type Config = cart_store_db::PostgresConfig;
pub(super) type Schema = cart_store_db::PostgresSchema;
pub(super) type Server = cart_testkit::servers::Postgres;
pub(super) type Store = cart_store_db::PostgresCartStore;
pub(super) type Wire = cart_testkit::proxy::PostgresWire;

pub(super) const STORE: &str = "postgres";
pub(super) const SCHEME: &str = "postgres";

/// A disk that holds the server and little else, in bytes.
pub(super) const DISK: u64 = 128 * 1024 * 1024;

/// Ends every connection of the store's account.
pub(super) const END_ALL: &str = "SELECT count(pg_terminate_backend(pid, 5000)) \
     FROM pg_stat_activity WHERE application_name = 'cart'";

/// Lets the account read carts, and nothing else.
pub(super) const READS_ALONE: &str =
    "ALTER TABLE carts OWNER TO postgres; GRANT SELECT ON carts TO cart";

/// Keeps everybody from writing.
pub(super) const IS_READ_ONLY: &str = "ALTER ROLE cart SET default_transaction_read_only = on";

/// What an administrator says first, for what is created to be the account's.
pub(super) const AS_THE_APPLICATION: &str = "SET ROLE cart; ";

/// Another program's table.
pub(super) const THEIR_TABLE: &str =
    "CREATE TABLE carts (wheels bigint); ALTER TABLE carts OWNER TO cart";

/// Its columns.
pub(super) const THEIR_COLUMNS: &str = "SELECT string_agg(attname, ',') FROM pg_attribute \
     WHERE attrelid = 'carts'::regclass AND attnum > 0";

/// Whether loads have connections of their own, and want none of the pool's.
pub(super) const LOADS_HAVE_CONNECTIONS: bool = true;

pub(super) const TRIPS_OF_A_RENEWING_LOAD: u64 = 1;

/// Keeps the account from connecting without encryption: what can't be asked for here is looked at
/// afterwards.
pub(super) async fn require_encryption(_server: &Server) {}

/// Checks that no connection of the store is open to be read.
pub(super) async fn assert_encrypted(server: &Server) {
    let plain = "SELECT count(*) FILTER (WHERE NOT ssl) || '/' || (count(*) > 0) \
         FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'cart'";
    assert_eq!(server.sql(plain).await.expect("a count"), "0/true");
}
