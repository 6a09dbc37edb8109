//! Opening connections.

use std::fmt;
use std::time::Duration;

use cart_core::Error;
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts};
use rustls::crypto::{CryptoProvider, ring};
use secrecy::ExposeSecret;

use super::classify::classify_connecting;
use super::connection::MysqlConnection;
use crate::server::{Failure, Place, Settings, TlsMode, trusted};

/// For how long a connection may lie idle before the server closes it, whatever it is set to: longer
/// than the pool keeps one.
const IDLE: Duration = Duration::from_secs(8 * 3600);

/// For how long one that lies idle is used again: whatever is in between may have forgotten it.
pub(super) const USABLE: Duration = Duration::from_secs(600);

/// For how long one that lies idle is taken to be still open. Nobody reads from it meanwhile, so that
/// a server which has gone, and may have come back, is noticed only by asking.
pub(super) const SURE: Duration = Duration::from_secs(3);

/// How long a transaction may wait for its client before the server ends it: a lock whose holder
/// hangs doesn't last for ever.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

/// How long nothing may be heard before the system asks whether the server is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What takes the limits off a connection that changes the schema. What stands in a comment of
/// MariaDB's or MySQL's is for that one alone.
pub(super) const UNHURRIED: &str = "SET SESSION lock_wait_timeout = 31536000 \
     /*M! , SESSION max_statement_time = 0 */";

/// What connections are opened with.
pub(crate) struct Connector {
    options: Opts,
    /// What a new connection is told first.
    setup: String,
}

impl Connector {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let address = &settings.address;
        let password = address
            .password
            .as_ref()
            .map(|password| password.expose_secret().to_owned());
        let options = OptsBuilder::default()
            .user(Some(address.user.clone()))
            .pass(password)
            .db_name(Some(address.database.clone()))
            .tcp_keepalive(Some(
                u32::try_from(KEEP_ALIVE.as_millis()).unwrap_or(u32::MAX),
            ))
            // The affected rows tell whether a write wrote, which those found don't.
            .client_found_rows(false)
            .prefer_socket(false)
            // Statements are kept by the connection itself.
            .stmt_cache_size(0)
            .wait_timeout(Some(0));
        let options = match &address.place {
            Place::Host(host) => options
                .ip_or_hostname(host.clone())
                .tcp_port(address.port)
                .ssl_opts(encryption(settings)?),
            // What passes through a socket doesn't leave the machine.
            Place::Socket(path) => options.socket(path.to_str()),
        };
        Ok(Self {
            options: options.into(),
            setup: setup(settings),
        })
    }

    pub(super) async fn connect(&self) -> Result<MysqlConnection, Failure> {
        let connected = Conn::new(self.options.clone()).await;
        let open = connected.map_err(|error| classify_connecting(&error))?;
        let mut connection = MysqlConnection::new(open, self.setup.as_str().into());
        connection.set_up().await?;
        Ok(connection)
    }
}

/// How a connection is encrypted; not at all without an answer.
fn encryption(settings: &Settings) -> Result<Option<SslOpts>, Error> {
    let mode = settings.tls_mode();
    if mode == TlsMode::Disable {
        return Ok(None);
    }
    // The client takes the cryptography of the process, and can't be given another. Where nobody
    // has chosen it, it is the one that the other stores use.
    if CryptoProvider::get_default().is_none() {
        let _chosen_meanwhile = ring::default_provider().install_default();
    }
    if mode == TlsMode::Require {
        let anybody = SslOpts::default()
            .with_danger_accept_invalid_certs(true)
            .with_danger_skip_domain_validation(true);
        return Ok(Some(anybody));
    }
    let roots = trusted(settings.root_certificates.as_deref())?;
    let roots = roots.into_iter().map(|root| root.to_vec().into());
    let options = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(roots.collect());
    Ok(Some(options))
}

/// What a connection is told first.
///
/// - Quotes stand around names, as everywhere; nothing is cut or bent to fit.
/// - The statements by their condition alone must decide, so that each has to see what the ones
///   before have committed: the default isolation would show an older state.
/// - The server gives up a little before the store does, so that the outcome is known; MySQL has a
///   limit for queries alone.
fn setup(settings: &Settings) -> String {
    let statement = settings.timeout.mul_f32(0.9);
    let seconds = statement.as_secs_f32();
    let millis = statement.as_millis().max(1);
    // The server counts in seconds.
    let lock = settings.lock_timeout.as_millis().div_ceil(1000).max(1);
    let idle = IDLE.as_secs();
    let in_transaction = IDLE_IN_TRANSACTION.as_secs();
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET SESSION sql_mode = 'ANSI_QUOTES,NO_ENGINE_SUBSTITUTION,STRICT_ALL_TABLES', \
         SESSION innodb_lock_wait_timeout = {lock}, SESSION lock_wait_timeout = {lock}, \
         SESSION wait_timeout = {idle} \
         /*M! , SESSION max_statement_time = {seconds}, \
         SESSION idle_transaction_timeout = {in_transaction} */ \
         /*!50708 , SESSION max_execution_time = {millis} */"
    )
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connector").finish_non_exhaustive()
    }
}
