//! A fresh database of each kind, and the carts in it.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, CartStore, Currency, Expect, Instance, Owner, SaveRequest, Tenant,
    Timestamp, Version,
};
use cart_store_db::{Database, SqliteCartStore, SqliteConfig};
#[cfg(all(feature = "servers", target_os = "linux"))]
use cart_store_db::{ServerCartStore, ServerConfig};
use cart_testkit::ManualClock;
#[cfg(all(feature = "servers", target_os = "linux"))]
use cart_testkit::servers::{Options, SqlServer};
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

/// A store with its database, and what has to outlive them.
pub(crate) struct Shop {
    pub(crate) store: Arc<dyn CartStore>,
    pub(crate) database: Database,
    pub(crate) clock: Arc<ManualClock>,
    /// Runs a query as anybody could, and gives the rows: a line each, a tab between two columns.
    sql: Box<dyn Fn(String) -> Answer + Send + Sync>,
    /// Where the documents speak of this kind of database.
    pub(crate) section: &'static str,
    _home: Box<dyn Send + Sync>,
}

type Answer = Pin<Box<dyn Future<Output = String> + Send>>;

/// Runs each of the named functions as a test on each database.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::shop::Shop::sqlite().await).await;
                }
            )*
        }

        #[cfg(all(feature = "mysql", target_os = "linux"))]
        mod mariadb {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::shop::Shop::mariadb().await).await;
                }
            )*
        }

        #[cfg(all(feature = "mysql", target_os = "linux"))]
        mod mysql {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(shop) = crate::shop::Shop::mysql().await {
                        super::$name(shop).await;
                    }
                }
            )*
        }

        #[cfg(all(feature = "postgres", target_os = "linux"))]
        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::shop::Shop::postgres().await).await;
                }
            )*
        }
    };
}

impl Shop {
    /// One in an SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new());
        let path = folder.path().join("carts.db");
        let config = SqliteConfig::file(&path);
        let sql = move |query: String| -> Answer {
            let rows = rows_of_file(&path, &query);
            Box::pin(async move { rows })
        };
        let config = config.with_clock(Arc::<ManualClock>::clone(&clock));
        let store = SqliteCartStore::open(config).await.expect("a store");
        Self {
            database: store.database(),
            store: Arc::new(store),
            clock,
            sql: Box::new(sql),
            section: "SQLite",
            _home: Box::new(folder),
        }
    }

    /// One on a private MariaDB server.
    #[cfg(all(feature = "mysql", target_os = "linux"))]
    pub(crate) async fn mariadb() -> Self {
        let server = cart_testkit::servers::MariaDb::start(Options::new()).await;
        let server = server.expect("a server");
        Self::on_server::<cart_store_db::Mysql>(server, "MySQL and MariaDB").await
    }

    /// One on a private MySQL server, where there is MySQL.
    #[cfg(all(feature = "mysql", target_os = "linux"))]
    pub(crate) async fn mysql() -> Option<Self> {
        let options = Options::new().mysql();
        let server = match cart_testkit::servers::MariaDb::start(options).await {
            Err(cart_testkit::servers::ServerError::Missing { .. }) => return None,
            server => server.expect("a server"),
        };
        Some(Self::on_server::<cart_store_db::Mysql>(server, "MySQL and MariaDB").await)
    }

    /// One on a private PostgreSQL server.
    #[cfg(all(feature = "postgres", target_os = "linux"))]
    pub(crate) async fn postgres() -> Self {
        let server = cart_testkit::servers::Postgres::start(Options::new()).await;
        let server = server.expect("a server");
        Self::on_server::<cart_store_db::Postgres>(server, "PostgreSQL").await
    }

    #[cfg(all(feature = "servers", target_os = "linux"))]
    async fn on_server<K: cart_store_db::Server>(
        server: impl SqlServer + Send + Sync + 'static,
        section: &'static str,
    ) -> Self {
        let server = Arc::new(server);
        let asked = Arc::clone(&server);
        let sql = move |query: String| -> Answer {
            let server = Arc::clone(&asked);
            Box::pin(async move { server.sql(&query).await.expect("an answer") })
        };
        let clock = Arc::new(ManualClock::new());
        let config: ServerConfig<K> = server.url().parse().expect("a URL");
        let config = config.with_clock(Arc::<ManualClock>::clone(&clock));
        let store = ServerCartStore::open(config).await.expect("a store");
        Self {
            database: store.database(),
            store: Arc::new(store),
            clock,
            sql: Box::new(sql),
            section,
            _home: Box::new(server),
        }
    }

    /// Stores records, whatever is there.
    pub(crate) async fn put(&self, carts: &[(CartKey, CartRecord)]) {
        let requests: Vec<SaveRequest> = carts
            .iter()
            .map(|(key, record)| SaveRequest::new(key.clone(), record.clone(), Expect::Any))
            .collect();
        for answer in self.store.save_many(&requests).await.expect("answers") {
            answer.expect("a save");
        }
    }

    /// The rows of a query, a line each, a tab between two columns.
    pub(crate) async fn sql(&self, query: String) -> String {
        (self.sql)(query).await
    }

    pub(crate) fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }
}

/// The rows of a query of which each is one text.
fn rows_of_file(path: &Path, query: &str) -> String {
    let mut connection =
        SqliteConnection::establish(&path.display().to_string()).expect("a connection");
    let rows: Vec<TextRow> = sql_query(query).load(&mut connection).expect("an answer");
    let rows: Vec<String> = rows.into_iter().map(|row| row.found).collect();
    rows.join("\n")
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    found: String,
}

/// So many milliseconds after the clock's start.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(ManualClock::START.as_millis() + millis)
}

pub(crate) fn key(tenant: &str, class: &str, identifier: &str, instance: &str) -> CartKey {
    let owner = Owner::custom(class, identifier).expect("an owner");
    let tenant = Tenant::new(tenant).expect("a tenant");
    let instance = Instance::new(instance).expect("an instance");
    CartKey::new(owner.in_tenant(tenant), instance)
}

/// A cart that was made and written at these moments, with a line and this total.
pub(crate) fn cart(
    created_at: i64,
    updated_at: i64,
    currency: Option<&str>,
    total: i64,
) -> CartRecord {
    let write_id = updated_at.unsigned_abs() + 1;
    let mut record = CartRecord::new(Version::first(write_id), at(updated_at));
    record.header.created_at = at(created_at);
    record.header.summary.currency =
        currency.map(|code| Currency::parse(code).expect("a currency"));
    record.header.summary.lines = 1;
    record.header.summary.units = 2;
    record.header.summary.total = total;
    record
}
