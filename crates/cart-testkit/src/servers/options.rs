//! How a private server is started.

use std::sync::Arc;

use super::certificates::{Authority, Certificate};
use super::error::Result;

/// How a private server is started.
///
/// By default it listens on a socket only, and leaves it to the operating system when it writes to
/// the disk: what it acknowledged survives its own death, but no power cut. That is fast, and right for
/// tests in which nothing fails.
///
/// ```
/// use cart_testkit::servers::Options;
///
/// let options = Options::new().durable().tcp().setting("max_connections", "20");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(super) settings: Vec<(String, String)>,
    pub(super) syncing: Syncing,
    pub(super) network: Network,
    /// Who vouches for it, if not an authority of its own.
    pub(super) authority: Option<Arc<Authority>>,
    pub(super) replicated: bool,
    pub(super) disk: Option<u64>,
    pub(super) valkey: bool,
    pub(super) mysql: bool,
}

/// When a server writes to the disk: the later ones include the earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Syncing {
    /// When the operating system likes.
    #[default]
    Lazy,
    /// Before it acknowledges.
    Durable,
    /// The same, and somebody keeps a copy of what it has synced.
    Watched,
}

/// Where a server listens besides its socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Network {
    #[default]
    None,
    Tcp,
    Tls(Certificate),
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a setting of the server, in the server's own words: `("synchronous_commit", "off")`.
    /// It goes over all others.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Writes to the disk before it acknowledges, as servers do by default: for all that is measured,
    /// and for what is killed.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.syncing = self.syncing.max(Syncing::Durable);
        self
    }

    /// Durable, and able to lose its power: [`Server::cut_power`](super::Server::cut_power).
    #[must_use]
    pub fn power_cuts(mut self) -> Self {
        self.syncing = Syncing::Watched;
        self
    }

    /// Listens on a free port of the loopback address too, where it asks for the password.
    #[must_use]
    pub fn tcp(mut self) -> Self {
        if self.network == Network::None {
            self.network = Network::Tcp;
        }
        self
    }

    /// Offers TLS over TCP, with a certificate for `localhost` and `127.0.0.1` from an authority of
    /// its own: [`Server::authority`](super::Server::authority).
    #[must_use]
    pub fn tls(self) -> Self {
        self.tls_with(Certificate::Valid)
    }

    /// Offers TLS over TCP with a certificate that clients must refuse, or with a good one.
    #[must_use]
    pub fn tls_with(mut self, certificate: Certificate) -> Self {
        self.network = Network::Tls(certificate);
        self
    }

    /// May have replicas.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.replicated = true;
        self
    }

    /// Keeps its data on a disk of this many bytes, which
    /// [`Server::fill_disk`](super::Server::fill_disk) fills. Only root can do that.
    #[must_use]
    pub fn disk(mut self, bytes: u64) -> Self {
        self.disk = Some(bytes);
        self
    }

    /// Starts Valkey in the place of Redis: the program that the environment's variable
    /// `CART_TESTKIT_VALKEY` names, or else `valkey-server`.
    #[must_use]
    pub fn valkey(mut self) -> Self {
        self.valkey = true;
        self
    }

    /// Starts MySQL in the place of MariaDB, without replicas and power cuts: the program that the
    /// environment's variable `CART_TESTKIT_MYSQL` names, what `cargo xtask services fetch mysql` has
    /// fetched, or else `mysqld`.
    #[must_use]
    pub fn mysql(mut self) -> Self {
        self.mysql = true;
        self
    }

    /// The options of servers that talk to each other: over TLS, one authority vouches for all.
    pub(super) fn of_several(self) -> Result<Self> {
        let authority = match self.network {
            Network::Tls(_) => Some(Arc::new(Authority::new()?)),
            Network::None | Network::Tcp => None,
        };
        Ok(Self {
            authority,
            ..self.tcp()
        })
    }

    /// The options of a replica: it shares its primary's settings, and none of its misfortunes.
    pub(super) fn of_replica(&self) -> Self {
        let syncing = match self.syncing {
            Syncing::Watched => Syncing::Durable,
            syncing => syncing,
        };
        Self {
            syncing,
            disk: None,
            ..self.clone()
        }
    }
}
