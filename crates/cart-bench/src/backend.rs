//! What the proofs run on: SQLite in a file, sessions in a folder, or a private server.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{CartStore, ScanRequest, StoreRegistry};
use cart_layers::{Layers, RetryPolicy, Timeout};
use cart_store_cache::CacheFactory;
use cart_store_db::SqliteFactory;
#[cfg(target_os = "linux")]
use cart_store_db::{MysqlFactory, PostgresFactory};
use cart_store_session::FileFactory;
#[cfg(target_os = "linux")]
use cart_testkit::servers::{MariaDb, Options, Postgres, Redis, RedisCluster, Server, SqlServer};

use crate::folder::{Folder, check_integrity};
#[cfg(target_os = "linux")]
use crate::proof::ensure;
use crate::proof::{Proven, Refuted};

/// How long a patient store goes on trying: much longer than any server here needs to come back.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    SessionFile,
    Sqlite,
    #[cfg(target_os = "linux")]
    Postgres,
    #[cfg(target_os = "linux")]
    MariaDb,
    #[cfg(target_os = "linux")]
    Redis,
    #[cfg(target_os = "linux")]
    RedisCluster,
}

/// An empty database of a proof's own, gone with it.
#[derive(Debug)]
pub(crate) enum Site {
    File(Folder),
    Sessions(Folder),
    #[cfg(target_os = "linux")]
    Server(Box<dyn SqlServer>),
    #[cfg(target_os = "linux")]
    Redis(Redis),
    #[cfg(target_os = "linux")]
    Cluster(RedisCluster),
}

impl Site {
    /// One that acknowledges what the disk has.
    pub(crate) async fn start(backend: Backend) -> Result<Self, Refuted> {
        #[cfg(target_os = "linux")]
        return Self::serve(backend, Options::new().durable()).await;
        #[cfg(not(target_os = "linux"))]
        Ok(match backend {
            Backend::SessionFile => Self::Sessions(Folder::new()?),
            Backend::Sqlite => Self::File(Folder::new()?),
        })
    }

    /// One whose server is started so; a file has no server.
    #[cfg(target_os = "linux")]
    pub(crate) async fn serve(backend: Backend, options: Options) -> Result<Self, Refuted> {
        Ok(match backend {
            Backend::SessionFile => Self::Sessions(Folder::new()?),
            Backend::Sqlite => Self::File(Folder::new()?),
            Backend::Postgres => Self::Server(Box::new(Postgres::start(options).await?)),
            Backend::MariaDb => Self::Server(Box::new(MariaDb::start(options).await?)),
            Backend::Redis => Self::Redis(Redis::start(options).await?),
            Backend::RedisCluster => Self::Cluster(RedisCluster::start(options).await?),
        })
    }

    /// What another process opens it by.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}", folder.database().display()),
            Self::Sessions(folder) => format!("file://{}", folder.file("sessions").display()),
            #[cfg(target_os = "linux")]
            Self::Server(server) => server.url(),
            #[cfg(target_os = "linux")]
            Self::Redis(server) => server.url(),
            #[cfg(target_os = "linux")]
            Self::Cluster(cluster) => cluster.url(),
        }
    }

    /// The server, if it is one.
    #[cfg(target_os = "linux")]
    pub(crate) fn server(&self) -> Option<&dyn Server> {
        match self {
            Self::File(_) | Self::Sessions(_) | Self::Cluster(_) => None,
            Self::Server(server) => Some(&**server),
            Self::Redis(server) => Some(server),
        }
    }

    /// Has the database itself look over what it has stored.
    pub(crate) async fn check(&self) -> Proven {
        match self {
            Self::File(folder) => check_integrity(&folder.database()),
            Self::Sessions(_) => read_all(&self.url()).await,
            #[cfg(target_os = "linux")]
            Self::Server(server) => check_table(&**server).await,
            #[cfg(target_os = "linux")]
            Self::Redis(_) | Self::Cluster(_) => read_all(&self.url()).await,
        }
    }
}

/// Reads every cart: one that isn't whole is an error.
async fn read_all(url: &str) -> Proven {
    let store = open(url).await?;
    let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
    loop {
        request.cursor = store.scan(&request).await?.next;
        if request.cursor.is_none() {
            return Ok(());
        }
    }
}

/// Compares the table of carts with its indexes.
///
/// MariaDB warns of an entry that was marked as deleted when purge took its row away beneath the
/// check: purge has to be done first.
#[cfg(target_os = "linux")]
async fn check_table(server: &dyn SqlServer) -> Proven {
    let (statements, sound) = if server.name() == "postgres" {
        let every_index = "CREATE EXTENSION IF NOT EXISTS amcheck;
            SELECT 'OK' FROM (
                SELECT count(bt_index_check(indexrelid, true)) FROM pg_index
                WHERE indrelid = 'carts'::regclass) AS checked";
        (every_index, "OK")
    } else {
        (
            "SET GLOBAL innodb_max_purge_lag_wait = 0; CHECK TABLE carts EXTENDED",
            "cart.carts\tcheck\tstatus\tOK",
        )
    };
    let answer = server.sql(statements).await?;
    ensure(answer.trim() == sound, || {
        format!("the table is damaged: {answer}")
    })
}

/// Opens the store at a URL.
pub(crate) async fn open(url: &str) -> Result<Arc<dyn CartStore>, Refuted> {
    let registry = CacheFactory::SCHEMES
        .into_iter()
        .fold(StoreRegistry::new(), |registry, scheme| {
            registry.with(scheme, Arc::new(CacheFactory::new()))
        })
        .with("file", Arc::new(FileFactory::new()))
        .with("sqlite", Arc::new(SqliteFactory::new()));
    #[cfg(target_os = "linux")]
    let registry = registry
        .with("mysql", Arc::new(MysqlFactory::new()))
        .with("postgres", Arc::new(PostgresFactory::new()));
    Ok(registry.open(url).await?)
}

/// The URL with one more option.
pub(crate) fn with_option(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}

/// A store whose calls are tried until the server is back.
pub(crate) fn patient(store: impl CartStore) -> impl CartStore {
    let mut policy = RetryPolicy::default();
    policy.deadline = PATIENCE;
    Layers::new(store)
        .timeout(Timeout::default())
        .retry(policy)
        .into_store()
}
