//! A client as applications have one.

use std::path::Path;
use std::time::Duration;

use fred::prelude::{Builder, ClientLike, Config, Error, ReconnectPolicy, Value};
use fred::types::{ClusterHash, CustomCommand};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// How long to wait for a server that doesn't answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Client(fred::clients::Client);

impl Client {
    pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
        Self::with(Config::from_url(url)?).await
    }

    /// One that trusts the authority in a file, and no other.
    pub(crate) async fn trusting(url: &str, authority: &Path) -> Result<Self, Error> {
        let mut authorities = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(authority).unwrap();
        authorities.add(authority).unwrap();
        let tls = ClientConfig::builder()
            .with_root_certificates(authorities)
            .with_no_client_auth();
        let mut config = Config::from_url(url)?;
        config.tls = Some(fred::types::config::TlsConnector::from(tls).into());
        Self::with(config).await
    }

    async fn with(mut config: Config) -> Result<Self, Error> {
        config.fail_fast = true;
        let client = Builder::from_config(config)
            .with_connection_config(|connection| {
                connection.connection_timeout = PATIENCE;
                connection.max_command_attempts = 1;
            })
            .with_performance_config(|performance| {
                performance.default_command_timeout = PATIENCE;
            })
            .set_policy(ReconnectPolicy::new_constant(1, 0))
            .build()?;
        client.init().await?;
        Ok(Self(client))
    }

    pub(crate) async fn run(&self, command: &[&str]) -> Result<Value, Error> {
        let (name, arguments) = command.split_first().unwrap();
        let command = CustomCommand::new((*name).to_owned(), ClusterHash::FirstKey, false);
        let arguments: Vec<String> = arguments.iter().copied().map(String::from).collect();
        self.0.custom(command, arguments).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}
