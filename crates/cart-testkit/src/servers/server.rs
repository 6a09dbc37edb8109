//! What all private servers can do, and what can be done to them.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use async_trait::async_trait;

use super::error::{Result, ServerError};
use super::instance::Instance;

/// What the account of applications, its password and its database are called. The password protects
/// nothing: it is there to be got wrong.
pub(super) const DATABASE: &str = "cart";

/// A private server: what it is reached by, and what can be done to it.
///
/// A server says what it is by [`Server::instance`] and its URLs; all else follows. Handles of
/// connections to it survive what happens to it as they would survive it anywhere.
#[async_trait]
pub trait Server: fmt::Debug + Send + Sync {
    /// Its process and its folder.
    fn instance(&self) -> &Instance;

    /// A URL for an application, through the server's socket: account, password and database are
    /// each called `cart`. The account is no administrator.
    fn url(&self) -> String;

    /// The same over TCP, where the password must be right.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] unless it was started with
    /// [`Options::tcp`](super::Options::tcp) or [`Options::tls`](super::Options::tls).
    fn tcp_url(&self) -> Result<String>;

    /// Its name, as in the names of stores: `postgres`, `mariadb`.
    fn name(&self) -> &'static str {
        self.instance().server()
    }

    /// The socket that it listens on.
    fn socket(&self) -> &Path {
        self.instance().socket()
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// As [`Server::tcp_url`].
    fn address(&self) -> Result<SocketAddr> {
        let port = self.instance().site().port().ok_or(ServerError::Lacking(
            "the server listens on a socket only: start it with `Options::tcp`",
        ))?;
        Ok((Ipv4Addr::LOCALHOST, port).into())
    }

    /// The certificate, in a PEM file, of the authority that vouches for it and for nobody else.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] unless it was started with
    /// [`Options::tls`](super::Options::tls).
    fn authority(&self) -> Result<&Path> {
        let certificates = self.instance().site().certificates();
        let certificates = certificates.ok_or(ServerError::Lacking(
            "the server offers no TLS: start it with `Options::tls`",
        ))?;
        Ok(&certificates.authority)
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
    /// [`ServerError::Process`] when the kernel refuses.
    fn kill(&self) -> Result<()> {
        self.instance().kill()
    }

    /// Stops it with all its processes (`SIGSTOP`): connections stay, and get no answer.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] when it isn't running.
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
    /// [`ServerError::Died`] or
    /// [`ServerError::Silent`], with the end of its log.
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
    /// [`ServerError::Lacking`] unless it was started with
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
    /// [`ServerError::Lacking`] unless it was started with
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
    /// As [`Server::url`], for a database of that name.
    fn url_of(&self, database: &str) -> String;

    /// As [`Server::tcp_url`], for a database of that name.
    ///
    /// # Errors
    ///
    /// As [`Server::tcp_url`].
    fn tcp_url_of(&self, database: &str) -> Result<String>;

    /// Runs statements in the database `cart`, as the administrator, and returns the rows of the
    /// last: a line each, with tabs between the columns.
    ///
    /// # Errors
    ///
    /// [`ServerError::Command`] with the server's complaint.
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    async fn sql(&self, statements: &str) -> Result<String>;

    /// Makes an empty database that the application's account owns, and returns its name.
    ///
    /// # Errors
    ///
    /// As [`SqlServer::sql`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    async fn create_database(&self) -> Result<String>;
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
