//! What all private servers can do, and what can be done to them.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use async_trait::async_trait;

use super::error::Result;
use super::instance::Instance;

/// A private server: what it is reached by, and what can be done to it.
///
/// A server says what it is by [`Server::instance`] and its URLs; all else follows. Handles of
/// connections to it survive what happens to it as they would survive it anywhere.
#[async_trait]
pub trait Server: fmt::Debug + Send + Sync {
    /// Its process and its folder.
    fn instance(&self) -> &Instance;

    /// The URL of a database on it, through its socket, where nobody is asked for a password.
    fn url(&self) -> String;

    /// The same database over TCP, with the password in it; `None` unless it was started with
    /// [`Options::tcp`](super::Options::tcp).
    fn tcp_url(&self) -> Option<String>;

    /// Its name, as in the names of stores: `postgres`, `mariadb`.
    fn name(&self) -> &'static str {
        self.instance().server()
    }

    /// The socket that it listens on.
    fn socket(&self) -> &Path {
        self.instance().socket()
    }

    /// The address that it listens on, if it was started with
    /// [`Options::tcp`](super::Options::tcp).
    fn address(&self) -> Option<SocketAddr> {
        let port = self.instance().site().port()?;
        Some((Ipv4Addr::LOCALHOST, port).into())
    }

    /// The certificate, in a PEM file, of the authority that vouches for it and for nobody else; `None`
    /// unless it was started with [`Options::tls`](super::Options::tls).
    fn authority(&self) -> Option<&Path> {
        let certificates = self.instance().site().certificates()?;
        Some(&certificates.authority)
    }

    /// The last lines that it wrote.
    fn log_tail(&self) -> String {
        self.instance().site().log_tail()
    }

    /// Kills it with all its processes (`SIGKILL`), and returns once they are gone, some
    /// milliseconds later. A server that isn't running stays so.
    ///
    /// # Errors
    ///
    /// [`ServerError::Process`](super::ServerError::Process) when the kernel refuses.
    fn kill(&self) -> Result<()> {
        self.instance().kill()
    }

    /// Stops it with all its processes (`SIGSTOP`): connections stay, and get no answer.
    ///
    /// # Errors
    ///
    /// [`ServerError::Unable`](super::ServerError::Unable) when it isn't running.
    fn stop(&self) -> Result<()> {
        self.instance().stop()
    }

    /// Lets it go on after [`Server::stop`].
    ///
    /// # Errors
    ///
    /// As [`Server::stop`].
    fn resume(&self) -> Result<()> {
        self.instance().resume()
    }

    /// Kills it if it is running, starts it on the same data and the same addresses, and waits until
    /// it takes statements.
    ///
    /// # Errors
    ///
    /// [`ServerError::Died`](super::ServerError::Died) or
    /// [`ServerError::Silent`](super::ServerError::Silent), with the end of its log.
    ///
    /// # Cancel safety
    ///
    /// Once begun it goes on, also when the future is dropped.
    async fn restart(&self) -> Result<()> {
        let instance = self.instance().clone();
        blocking(move || instance.restart()).await
    }

    /// Kills it and takes away what it hasn't synced to the disk, as a power cut would. Start it
    /// again by [`Server::restart`].
    ///
    /// # Errors
    ///
    /// [`ServerError::Unable`](super::ServerError::Unable) unless it was started with
    /// [`Options::power_cuts`](super::Options::power_cuts).
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    async fn cut_power(&self) -> Result<()> {
        let instance = self.instance().clone();
        blocking(move || instance.cut_power()).await
    }

    /// Leaves no byte of its disk free.
    ///
    /// # Errors
    ///
    /// [`ServerError::Unable`](super::ServerError::Unable) unless it was started with
    /// [`Options::disk`](super::Options::disk).
    fn fill_disk(&self) -> Result<()> {
        self.instance().site().disk()?.fill()
    }

    /// Frees what [`Server::fill_disk`] has taken.
    ///
    /// # Errors
    ///
    /// As [`Server::fill_disk`].
    fn free_disk(&self) -> Result<()> {
        self.instance().site().disk()?.free()
    }
}

/// A private server that takes SQL.
#[async_trait]
pub trait SqlServer: Server {
    /// Runs a statement by the server's own command-line client, as its administrator, and returns
    /// the rows: a line each, with tabs between the columns.
    ///
    /// # Errors
    ///
    /// [`ServerError::Command`](super::ServerError::Command) with the server's complaint, and
    /// [`ServerError::Missing`](super::ServerError::Missing) without the client.
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    async fn sql(&self, statement: &str) -> Result<String>;
}

/// Does work that blocks, where it blocks nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        // Nobody cancels such work, so it has panicked: so does who waits for it.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
