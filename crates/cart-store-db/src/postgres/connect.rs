//! Opening connections.

use std::fmt;
use std::time::Duration;

use cart_core::Error;
use secrecy::ExposeSecret;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::classify::{classify, classify_connecting};
use super::connection::PostgresConnection;
use crate::server::{Failure, Place, Settings, client_config};

/// How long a transaction may wait for its client before the server ends it: a lock whose holder
/// hangs doesn't last for ever.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

/// How long nothing may be heard before the system asks whether the server is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What connections are opened with.
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// What a new connection is told first.
    setup: String,
}

impl Connector {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let address = &settings.address;
        let mut config = Config::new();
        config
            .user(&address.user)
            .dbname(&address.database)
            .port(address.port)
            .application_name("cart")
            .keepalives_idle(KEEP_ALIVE)
            .keepalives_interval(KEEP_ALIVE / 3)
            .keepalives_retries(3)
            .tcp_user_timeout(KEEP_ALIVE * 2)
            .connect_timeout(settings.connect_timeout);
        if let Some(password) = &address.password {
            config.password(password.expose_secret());
        }
        let tls = match &address.place {
            Place::Host(host) => {
                config.host(host);
                client_config(settings.tls_mode(), settings.root_certificates.as_deref())?
            }
            // What passes through a socket doesn't leave the machine.
            Place::Socket(folder) => {
                config.host_path(folder);
                None
            }
        };
        config.ssl_mode(match tls {
            Some(_) => SslMode::Require,
            None => SslMode::Disable,
        });
        Ok(Self {
            config,
            tls: tls.map(MakeRustlsConnect::new),
            setup: setup(settings),
        })
    }

    pub(super) async fn connect(&self) -> Result<PostgresConnection, Failure> {
        let client = if let Some(tls) = &self.tls {
            let connected = self.config.connect(tls.clone()).await;
            let (client, connection) = connected.map_err(|error| classify_connecting(&error))?;
            serve(client, connection)
        } else {
            let connected = self.config.connect(NoTls).await;
            let (client, connection) = connected.map_err(|error| classify_connecting(&error))?;
            serve(client, connection)
        };
        let set_up = client.batch_execute(&self.setup).await;
        set_up.map_err(|error| classify(&error))?;
        Ok(PostgresConnection::new(client))
    }
}

/// Has the traffic of a connection carried until the client is dropped.
fn serve(
    client: Client,
    connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
) -> Client {
    tokio::spawn(async {
        // Whoever waits for an answer is told by the client.
        let _ended = connection.await;
    });
    client
}

/// The statements by their condition alone must decide, so that each has to see what the ones
/// before have committed: a stricter isolation, which a database may have for a default, would
/// refuse what is no conflict.
///
/// The server gives up a little before the store does, so that the outcome is known.
fn setup(settings: &Settings) -> String {
    let statement = settings.timeout.mul_f32(0.9).as_millis().max(1);
    let lock = settings.lock_timeout.as_millis().max(1);
    let idle = IDLE_IN_TRANSACTION.as_millis();
    format!(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle}"
    )
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connector").finish_non_exhaustive()
    }
}
