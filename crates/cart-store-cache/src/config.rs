//! Which servers, and how they are used.

mod url;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{Clock, Error, ErrorKind, SystemClock};
use secrecy::SecretString;

use crate::address::{Address, Credentials, Host, Place};
use crate::key::Prefix;

/// How to open a store in Redis or Valkey.
///
/// As a URL, each part percent-encoded where it holds one of `:/?#@%,`:
///
/// | servers | URL |
/// |---|---|
/// | a single one | `redis://USER:PASSWORD@HOST:PORT/DATABASE` |
/// | one on this machine | `redis+unix://USER:PASSWORD@/PATH/OF/SOCKET?db=DATABASE` |
/// | a cluster | `redis-cluster://USER:PASSWORD@HOST:PORT,HOST:PORT` |
/// | one that sentinels watch over | `redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME/DATABASE` |
///
/// User, password, port and database can be left out. `rediss` in place of `redis` encrypts;
/// `valkey` and `valkeys` mean the same as both. Options follow a `?`: `connect_timeout=MILLISECONDS`,
/// `in_flight=N`, `prefix=PREFIX`, `read_replicas=true|false`, `replica=HOST:PORT`,
/// `sentinel_user=USER`, `sentinel_password=PASSWORD`, `timeout=MILLISECONDS`, `tls=disable`,
/// `tls_ca=FILE`, `wait_replicas=N`, `wait_timeout=MILLISECONDS`.
///
/// Carts don't travel to another machine in the clear unless `tls=disable` says that nobody can
/// listen. The certificate of a server is always verified; one of your own is trusted by `tls_ca`.
///
/// Neither the `Debug` form nor an error shows a password.
#[derive(Clone)]
pub struct CacheConfig(Settings);

/// What a configuration holds.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) place: Place,
    pub(crate) credentials: Credentials,
    pub(crate) database: u8,
    pub(crate) encryption: Encryption,
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) prefix: Prefix,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) in_flight: usize,
    pub(crate) read_replicas: bool,
    pub(crate) wait_replicas: u8,
    pub(crate) wait_timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Whether what is said can be listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// In the clear, as long as it stays on this machine.
    Local,
    /// In the clear, wherever it goes.
    None,
    Tls,
}

impl Settings {
    fn new(place: Place) -> Self {
        Self {
            place,
            credentials: Credentials::default(),
            database: 0,
            encryption: Encryption::Local,
            root_certificates: None,
            prefix: Prefix::default(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            in_flight: 1024,
            read_replicas: false,
            wait_replicas: 0,
            wait_timeout: Duration::from_millis(500),
            clock: Arc::new(SystemClock),
        }
    }

    /// Refuses what makes no sense together.
    ///
    /// # Errors
    ///
    /// `Invalid`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.encryption == Encryption::Local && !self.place.is_here() {
            return Err(invalid(
                "the carts would travel in the clear: use rediss and a certificate, or \
                 tls=disable where nobody can listen",
            ));
        }
        if self.database != 0 && matches!(self.place, Place::Cluster(_)) {
            return Err(invalid("a cluster has the database 0 alone"));
        }
        Ok(())
    }
}

impl CacheConfig {
    /// The single server at `host` and `port`.
    pub fn single(host: &str, port: u16) -> Self {
        Self::at(Place::Single {
            primary: Address::Host(Host::new(host, port)),
            replica: None,
        })
    }

    /// The single server behind a socket on this machine.
    pub fn socket(path: impl AsRef<Path>) -> Self {
        Self::at(Place::Single {
            primary: Address::Socket(path.as_ref().to_owned()),
            replica: None,
        })
    }

    /// The primary that these sentinels know under the name `primary`.
    pub fn sentinels<'a>(
        sentinels: impl IntoIterator<Item = (&'a str, u16)>,
        primary: impl Into<String>,
    ) -> Self {
        Self::at(Place::Sentinels {
            sentinels: hosts(sentinels),
            primary: primary.into(),
            credentials: Credentials::default(),
        })
    }

    /// The cluster of which these are members. One that answers is enough: it names the others.
    pub fn cluster<'a>(members: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        Self::at(Place::Cluster(hosts(members)))
    }

    fn at(place: Place) -> Self {
        Self(Settings::new(place))
    }

    /// The same, asking as `user`; as the default user unless told otherwise.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.0.credentials.user = Some(user.into());
        self
    }

    /// The same, with a password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.0.credentials.password = Some(SecretString::from(password.into()));
        self
    }

    /// The same, telling the sentinels who asks; nothing, unless told otherwise. Without effect
    /// where there are none.
    #[must_use]
    pub fn with_sentinel_user(mut self, user: impl Into<String>) -> Self {
        if let Place::Sentinels { credentials, .. } = &mut self.0.place {
            credentials.user = Some(user.into());
        }
        self
    }

    /// The same, telling the sentinels a password; none, unless told otherwise. Without effect
    /// where there are none.
    #[must_use]
    pub fn with_sentinel_password(mut self, password: impl Into<String>) -> Self {
        if let Place::Sentinels { credentials, .. } = &mut self.0.place {
            credentials.password = Some(SecretString::from(password.into()));
        }
        self
    }

    /// The same, in the database of this number; 0 unless told otherwise.
    #[must_use]
    pub fn with_database(mut self, database: u8) -> Self {
        self.0.database = database;
        self
    }

    /// The same, encrypted, by servers with a certificate for their name; not unless told
    /// otherwise.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        self.0.encryption = Encryption::Tls;
        self
    }

    /// The same, in the clear to other machines too: only where nobody can listen.
    #[must_use]
    pub fn without_tls(mut self) -> Self {
        self.0.encryption = Encryption::None;
        self
    }

    /// The same, trusting the certificates in this PEM file; those of the system unless told
    /// otherwise.
    #[must_use]
    pub fn with_root_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.0.root_certificates = Some(file.into());
        self
    }

    /// The same, under another prefix; `cart` unless told otherwise.
    #[must_use]
    pub fn with_prefix(mut self, prefix: Prefix) -> Self {
        self.0.prefix = prefix;
        self
    }

    /// The same, waiting so long for a connection to open; 2 seconds unless told otherwise.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.connect_timeout = timeout;
        self
    }

    /// The same, waiting so long for a call, with all its attempts; a second unless told
    /// otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// The same, with at most so many calls under way at a time, at least one; 1024 unless told
    /// otherwise. Others wait for their turn, and are told so when their time is up.
    #[must_use]
    pub fn with_in_flight(mut self, calls: usize) -> Self {
        self.0.in_flight = calls.max(1);
        self
    }

    /// The same, with loads that name a version going to replicas, in a cluster or behind
    /// sentinels: if what a replica has is older, the primary answers. Not unless told otherwise.
    #[must_use]
    pub fn with_read_replicas(mut self, read: bool) -> Self {
        self.0.read_replicas = read;
        self
    }

    /// The same for a single server, whose replica this is. Without effect on others, which know
    /// their replicas.
    #[must_use]
    pub fn with_replica(mut self, host: &str, port: u16) -> Self {
        if let Place::Single { replica, .. } = &mut self.0.place {
            *replica = Some(Address::Host(Host::new(host, port)));
        }
        self
    }

    /// The same, with writes that count as done when so many replicas have them, too; 0 unless
    /// told otherwise. It makes it unlikely that a failover loses one, and doesn't rule it out.
    #[must_use]
    pub fn with_wait_replicas(mut self, replicas: u8) -> Self {
        self.0.wait_replicas = replicas;
        self
    }

    /// The same, waiting so long for the replicas of [`CacheConfig::with_wait_replicas`]; half a
    /// second unless told otherwise. It should be shorter than the time for a call.
    #[must_use]
    pub fn with_wait_timeout(mut self, timeout: Duration) -> Self {
        self.0.wait_timeout = timeout;
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    pub(crate) fn into_settings(self) -> Settings {
        self.0
    }
}

fn hosts<'a>(hosts: impl IntoIterator<Item = (&'a str, u16)>) -> Vec<Host> {
    let hosts = hosts.into_iter();
    hosts.map(|(name, port)| Host::new(name, port)).collect()
}

pub(crate) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

impl FromStr for CacheConfig {
    type Err = Error;

    /// Reads a URL.
    fn from_str(url: &str) -> Result<Self, Error> {
        url::read(url)
    }
}

impl fmt::Debug for CacheConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CacheConfig").field(&self.0).finish()
    }
}
