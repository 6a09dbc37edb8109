//! What connections to a server are opened with.

use std::time::Duration;

use cart_core::Error;
use fred::clients::Client;
use fred::types::config::{
    Config, ConnectionConfig, PerformanceConfig, Server, ServerConfig, TcpConfig, TlsConfig,
};
use secrecy::ExposeSecret;

use super::call::Call;
use crate::address::{Address, Credentials};
use crate::config::{Encryption, Settings};
use crate::tls::tls_config;

/// What connections to any of the servers have in common.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    tls: Option<TlsConfig>,
    connect_timeout: Duration,
}

/// What connections to one server are opened with.
#[derive(Debug)]
pub(super) struct Connector {
    config: Config,
    connection: ConnectionConfig,
    greeting: Option<Call>,
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
        Ok(Self {
            tls,
            connect_timeout: settings.connect_timeout,
        })
    }

    /// What opens connections to the server at `address`.
    pub(super) fn to(&self, address: &Address, who: &Credentials, database: u8) -> Connector {
        let server = match address {
            Address::Host(host) => ServerConfig::Centralized {
                server: Server::new(&*host.name, host.port),
            },
            Address::Socket(path) => ServerConfig::new_unix_socket(path),
        };
        let password = who.password.as_ref();
        let config = Config {
            server,
            username: who.user.clone(),
            password: password.map(|password| password.expose_secret().to_owned()),
            database: (database > 0).then_some(database),
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
            greeting: None,
        }
    }
}

impl Connector {
    /// The same, with a call that is the first on each connection.
    pub(super) fn greeting_with(mut self, call: Call) -> Self {
        self.greeting = Some(call);
        self
    }

    pub(super) fn greeting(&self) -> Option<Call> {
        self.greeting.clone()
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
