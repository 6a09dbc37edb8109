//! Which server, and how it is used.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{Clock, Error, SystemClock};
use secrecy::SecretString;

use super::address::{Address, Parsed, Place, invalid, parse};
use super::driver::Server;
use super::tls::TlsMode;
use crate::table::TableName;

/// How to open a store on a server: [`PostgresConfig`](crate::PostgresConfig) is one.
///
/// As a URL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, each part percent-encoded where it
/// holds one of `:/?#@%`. A socket stands in place of the host, encoded
/// (`postgres://cart@%2Frun%2Fpostgresql/shop`), or as the option `host=/run/postgresql`. Options
/// follow a `?` and are named like the methods here: `connect_timeout=MILLISECONDS`,
/// `create_schema=true|false`, `lock_timeout=MILLISECONDS`, `pool=N`, `readers=N`, `replica=URL`,
/// `sslmode=verify-full|require|disable`, `sslrootcert=FILE`, `table=NAME`, `timeout=MILLISECONDS`.
///
/// Neither the `Debug` form nor an error shows the password.
pub struct ServerConfig<S: Server> {
    pub(super) settings: Settings,
    pub(super) replica: Option<Box<Settings>>,
    server: PhantomData<fn() -> S>,
}

/// What a configuration holds.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) address: Address,
    pub(crate) tls: Option<TlsMode>,
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) table: TableName,
    pub(crate) pool: usize,
    pub(crate) readers: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) create_schema: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Settings {
    fn new(address: Address) -> Self {
        Self {
            address,
            tls: None,
            root_certificates: None,
            table: TableName::default(),
            pool: 16,
            readers: 4,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(3),
            create_schema: true,
            clock: Arc::new(SystemClock),
        }
    }

    /// How the connections are encrypted: on their way to another machine fully, unless told
    /// otherwise.
    pub(crate) fn tls_mode(&self) -> TlsMode {
        let default = if self.address.place.is_here() {
            TlsMode::Disable
        } else {
            TlsMode::VerifyFull
        };
        self.tls.unwrap_or(default)
    }
}

impl<S: Server> ServerConfig<S> {
    /// The database `database` on the server at `host`, asked for by `user`. A host that starts
    /// with a `/` is the place of a socket.
    pub fn new(host: &str, user: impl Into<String>, database: impl Into<String>) -> Self {
        Self::at(Settings::new(Address {
            place: Place::of(host),
            port: S::PORT,
            user: user.into(),
            password: None,
            database: database.into(),
        }))
    }

    fn at(settings: Settings) -> Self {
        Self {
            settings,
            replica: None,
            server: PhantomData,
        }
    }

    fn of(Parsed { address, options }: Parsed) -> Result<Self, Error> {
        options
            .iter()
            .try_fold(Self::at(Settings::new(address)), |config, (name, value)| {
                config.set(name, value)
            })
    }

    /// The same, on another port.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.settings.address.port = port;
        self
    }

    /// The same, with a password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.settings.address.password = Some(SecretString::from(password.into()));
        self
    }

    /// The same, encrypting so; fully verified unless told otherwise, and in the clear to this
    /// machine itself.
    #[must_use]
    pub fn with_tls(mut self, mode: TlsMode) -> Self {
        self.settings.tls = Some(mode);
        self
    }

    /// The same, trusting the certificates in this PEM file; those of the system unless told
    /// otherwise.
    #[must_use]
    pub fn with_root_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.settings.root_certificates = Some(file.into());
        self
    }

    /// The same, in another table; `carts` unless told otherwise.
    #[must_use]
    pub fn with_table(mut self, table: TableName) -> Self {
        self.settings.table = table;
        self
    }

    /// The same, with at most so many connections for writes, locks and lists, at least one; 16
    /// unless told otherwise.
    #[must_use]
    pub fn with_pool(mut self, connections: usize) -> Self {
        self.settings.pool = connections.max(1);
        self
    }

    /// The same, with so many shared connections for loads, at least one; 4 unless told otherwise.
    #[must_use]
    pub fn with_readers(mut self, connections: usize) -> Self {
        self.settings.readers = connections.max(1);
        self
    }

    /// The same, waiting so long for a connection to open; 5 seconds unless told otherwise.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// The same, waiting so long for the answer to a call; 5 seconds unless told otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// The same, waiting so long for a row that another transaction holds; 3 seconds unless told
    /// otherwise. It should be shorter than the time for a call.
    #[must_use]
    pub fn with_lock_timeout(mut self, timeout: Duration) -> Self {
        self.settings.lock_timeout = timeout;
        self
    }

    /// The same, creating or updating the schema when the store is opened, or not; it does unless
    /// told otherwise. When not, a database without the schema is an error that names the command
    /// which creates it.
    #[must_use]
    pub fn with_create_schema(mut self, create: bool) -> Self {
        self.settings.create_schema = create;
        self
    }

    /// The same, with loads that name a version going to the server of `replica`: if what that one
    /// has is older, the primary answers. Only where it is, who asks, and its encryption are taken
    /// from `replica`; a URL of one that sets anything else is refused.
    #[must_use]
    pub fn with_replica(mut self, replica: Self) -> Self {
        self.replica = Some(Box::new(replica.settings));
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    #[cfg(test)]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the replica is opened with: its own address, and all else as for the primary.
    pub(super) fn replica(&self) -> Option<Settings> {
        let replica = self.replica.as_deref()?;
        let mut settings = self.settings.clone();
        settings.address.clone_from(&replica.address);
        settings.tls = replica.tls;
        settings
            .root_certificates
            .clone_from(&replica.root_certificates);
        Some(settings)
    }

    fn set(self, name: &str, value: &str) -> Result<Self, Error> {
        let scheme = S::NAME;
        let refused = || invalid(format!("{scheme} URL: {name} has no such value"));
        let millis = || match value.parse() {
            Ok(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
            _ => Err(refused()),
        };
        let count = || match value.parse() {
            Ok(count) if count > 0 => Ok(count),
            _ => Err(refused()),
        };
        match name {
            "connect_timeout" => Ok(self.with_connect_timeout(millis()?)),
            "create_schema" => Ok(self.with_create_schema(value.parse().map_err(|_| refused())?)),
            "lock_timeout" => Ok(self.with_lock_timeout(millis()?)),
            "pool" => Ok(self.with_pool(count()?)),
            "readers" => Ok(self.with_readers(count()?)),
            "replica" => Ok(self.with_replica(parse_replica(value)?)),
            "sslmode" => {
                let mode = TlsMode::from_name(value).ok_or_else(refused)?;
                Ok(self.with_tls(mode))
            }
            "sslrootcert" => Ok(self.with_root_certificates(value)),
            "table" => Ok(self.with_table(value.parse()?)),
            "timeout" => Ok(self.with_timeout(millis()?)),
            unknown => Err(invalid(format!(
                "{scheme} URL: there is no option {unknown}; use connect_timeout, create_schema, \
                 host, lock_timeout, pool, readers, replica, socket, \
                 sslmode, sslrootcert, table or timeout"
            ))),
        }
    }
}

impl<S: Server> FromStr for ServerConfig<S> {
    type Err = Error;

    /// Reads a URL.
    fn from_str(url: &str) -> Result<Self, Error> {
        Self::of(parse(url, S::SCHEMES, S::PORT)?)
    }
}

/// Reads the URL of a replica, whose other options would do nothing.
fn parse_replica<S: Server>(url: &str) -> Result<ServerConfig<S>, Error> {
    let parsed = parse(url, S::SCHEMES, S::PORT)?;
    let is_its_own = |name: &str| ["sslmode", "sslrootcert"].contains(&name);
    if let Some((name, _)) = parsed.options.iter().find(|(name, _)| !is_its_own(name)) {
        let scheme = S::NAME;
        return Err(invalid(format!(
            "{scheme} URL: the replica's own URL can't set {name}, only sslmode and sslrootcert: \
             the rest is as for the primary"
        )));
    }
    ServerConfig::of(parsed)
}

impl<S: Server> Clone for ServerConfig<S> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            replica: self.replica.clone(),
            server: PhantomData,
        }
    }
}

impl<S: Server> fmt::Debug for ServerConfig<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct(S::NAME)
            .field("settings", &self.settings)
            .field("replica", &self.replica)
            .finish()
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests;
