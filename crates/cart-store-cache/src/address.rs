//! Where servers are, and who asks them.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

/// A server's machine and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) port: u16,
}

impl Host {
    pub(crate) fn new(name: &str, port: u16) -> Self {
        Self {
            name: name.into(),
            port,
        }
    }

    /// Whether nothing that is said to it leaves this machine.
    fn is_here(&self) -> bool {
        self.name.eq_ignore_ascii_case("localhost")
            || self
                .name
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Host(Host),
    /// On this machine, through a socket in the file system.
    Socket(PathBuf),
}

impl Address {
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::Host(host) => host.is_here(),
            Self::Socket(_) => true,
        }
    }
}

/// Who asks.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<SecretString>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .finish()
    }
}

/// The servers that a store is on.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A single one, and perhaps a replica of it for reads.
    Single {
        primary: Address,
        replica: Option<Address>,
    },
    /// A primary that sentinels watch over and name.
    Sentinels {
        sentinels: Vec<Host>,
        primary: String,
        credentials: Credentials,
    },
    /// A cluster, of which these are members.
    Cluster(Vec<Host>),
}

impl Place {
    /// Whether nothing that is said leaves this machine, as far as the addresses tell.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::Single { primary, replica } => {
                primary.is_here() && replica.as_ref().is_none_or(Address::is_here)
            }
            Self::Sentinels { sentinels, .. } => sentinels.iter().all(Host::is_here),
            Self::Cluster(members) => members.iter().all(Host::is_here),
        }
    }
}
