//! In what MariaDB differs, as far as the shared tests go.

use cart_testkit::servers::SqlServer;

pub(super) type Config = cart_store_db::MysqlConfig;
pub(super) type Schema = cart_store_db::MysqlSchema;
pub(super) type Server = cart_testkit::servers::MariaDb;
pub(super) type Store = cart_store_db::MysqlCartStore;
pub(super) type Wire = cart_testkit::proxy::MysqlWire;

pub(super) const STORE: &str = "mysql";
pub(super) const SCHEME: &str = "mysql";

/// A disk that holds the server and little else, in bytes.
pub(super) const DISK: u64 = 48 * 1024 * 1024;

/// Ends every connection of the store's account.
pub(super) const END_ALL: &str = "KILL USER cart";

/// Lets the account read carts, and nothing else.
pub(super) const READS_ALONE: &str = "REVOKE ALL ON `cart%`.* FROM cart@localhost; \
     GRANT SELECT ON cart.* TO cart@localhost; FLUSH PRIVILEGES";

/// Keeps everybody from writing.
pub(super) const IS_READ_ONLY: &str = "SET GLOBAL read_only = ON";

/// What an administrator says first, for what is created to be the account's: nothing, as tables
/// belong to nobody.
pub(super) const AS_THE_APPLICATION: &str = "";

/// Another program's table.
pub(super) const THEIR_TABLE: &str = "CREATE TABLE carts (wheels bigint)";

/// Its columns.
pub(super) const THEIR_COLUMNS: &str = "SELECT group_concat(column_name) \
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'carts'";

/// Whether loads have connections of their own, and want none of the pool's.
pub(super) const LOADS_HAVE_CONNECTIONS: bool = false;

/// An update gives no rows back here.
pub(super) const TRIPS_OF_A_RENEWING_LOAD: u64 = 2;

/// Keeps the account from connecting without encryption.
pub(super) async fn require_encryption(server: &Server) {
    let accounts = "ALTER USER cart@localhost REQUIRE SSL; ALTER USER cart@'%' REQUIRE SSL";
    server.sql(accounts).await.expect("accounts");
}

/// Checks that the store is let in, which it is by encrypted connections alone.
pub(super) async fn assert_encrypted(server: &Server) {
    let connected = "SELECT count(*) > 0 FROM information_schema.processlist WHERE user = 'cart'";
    assert_eq!(server.sql(connected).await.expect("a count"), "1");
}
