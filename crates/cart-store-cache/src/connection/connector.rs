//! What connections to a server are opened with.

use std::time::Duration;

use cart_core::Error;
use fred::clients::Client;
use fred::types::config::{
    Config, ConnectionConfig, PerformanceConfig, Server as FredServer, ServerConfig, TcpConfig,
    TlsConfig,
};
use secrecy::ExposeSecret;

use super::server::{Replicas, Server};
use crate::address::{Address, Credentials};
use crate::config::{Encryption, Settings};
use crate::tls::tls_config;

/// What connections to any of the servers have in common.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    tls: Option<TlsConfig>,
    connect_timeout: Duration,
    credentials: Credentials,
    database: u8,
    in_flight: usize,
    waiting: usize,
}

/// What connections to one server are opened with.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    config: Config,
    connection: ConnectionConfig,
    greeting: Option<Greeting>,
}

/// The first call on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Greeting {
    /// Is the server a primary? If not, the connection is of no use.
    AskWhetherPrimary,
    /// Reads of what this replica has a copy of are meant for it.
    ReadHere,
}

impl Manner {
    /// How `settings` want connections to be.
    ///
    /// # Errors
    ///
    /// `Invalid` for certificates that can't be read.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let tls = match settings.encryption {
            Encryption::Local | Encryption::None => None,
            Encryption::Tls => Some(tls_config(settings.root_certificates.as_deref())?),
        };
        let waits = settings.wait_replicas > 0;
        Ok(Self {
            tls,
            connect_timeout: settings.connect_timeout,
            credentials: settings.credentials.clone(),
            database: settings.database,
            in_flight: settings.in_flight,
            waiting: if waits { Replicas::CONNECTIONS } else { 0 },
        })
    }

    /// The same for sentinels, which have users of their own, no databases and no writes.
    pub(super) fn for_sentinels(&self, credentials: &Credentials) -> Self {
        Self {
            credentials: credentials.clone(),
            database: 0,
            waiting: 0,
            ..self.clone()
        }
    }

    /// The server at `address`; whether it takes writes decides whether some may wait there.
    pub(super) fn server(
        &self,
        address: &Address,
        greeting: Option<Greeting>,
        takes_writes: bool,
    ) -> Server {
        let host = match address {
            Address::Host(host) => Some(host.clone()),
            Address::Socket(_) => None,
        };
        let waiting = if takes_writes { self.waiting } else { 0 };
        let connector = self.connector(address, greeting);
        Server::new(host, &connector, self.in_flight, waiting)
    }

    fn connector(&self, address: &Address, greeting: Option<Greeting>) -> Connector {
        let server = match address {
            Address::Host(host) => ServerConfig::Centralized {
                server: FredServer::new(&*host.name, host.port),
            },
            Address::Socket(path) => ServerConfig::new_unix_socket(path),
        };
        let who = &self.credentials;
        let password = who.password.as_ref();
        let config = Config {
            server,
            username: who.user.clone(),
            password: password.map(|password| password.expose_secret().to_owned()),
            database: (self.database > 0).then_some(self.database),
            // What passes through a socket doesn't leave the machine.
            tls: match address {
                Address::Host(_) => self.tls.clone(),
                Address::Socket(_) => None,
            },
            ..Config::default()
        };
        let connection = ConnectionConfig {
            connection_timeout: self.connect_timeout,
            internal_command_timeout: self.connect_timeout,
            max_command_attempts: 1,
            max_redirections: 0,
            tcp: TcpConfig {
                nodelay: Some(true),
                ..TcpConfig::default()
            },
            ..ConnectionConfig::default()
        };
        Connector {
            config,
            connection,
            greeting,
        }
    }
}

impl Connector {
    pub(super) fn greeting(&self) -> Option<Greeting> {
        self.greeting
    }

    /// How long opening waits for each answer.
    pub(super) fn patience(&self) -> Duration {
        self.connection.connection_timeout
    }

    /// A client that isn't connected yet, connects once, and never again.
    pub(super) fn client(&self) -> Client {
        let config = self.config.clone();
        let performance = PerformanceConfig::default();
        Client::new(
            config,
            Some(performance),
            Some(self.connection.clone()),
            None,
        )
    }
}
