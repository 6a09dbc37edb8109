//! Memcached.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use super::account;
use super::error::{Result, ServerError};
use super::folder::Medium;
use super::instance::{Instance, Launch};
use super::options::{Network, Options, Syncing};
use super::program::Program;
use super::server::{Server, blocking};
use super::site::Site;

const MEMCACHED: Program = Program {
    name: "memcached",
    install: "apt-get install -y --no-install-recommends memcached",
};

/// A private Memcached server.
///
/// It listens on its socket alone, asks for no password, and keeps nothing: after a
/// [`restart`](Server::restart) it is empty. [`Options::setting`] adds a flag of its command line:
/// `("-I", "2m")`.
#[derive(Debug)]
pub struct Memcached(Instance);

impl Memcached {
    /// Starts a server, and waits until it takes commands.
    ///
    /// # Errors
    ///
    /// [`ServerError::Missing`] when Memcached isn't on this machine, [`ServerError::Died`] with the
    /// end of the log when it doesn't like its options, and [`ServerError::Lacking`] for what it
    /// hasn't: TCP besides its socket, TLS, a disk, replicas.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        blocking(move || Self::start_now(&options)).await
    }

    fn start_now(options: &Options) -> Result<Self> {
        let is_plain = options.network == Network::None && options.syncing == Syncing::Lazy;
        if !is_plain || options.replicated || options.disk.is_some() {
            return Err(ServerError::Lacking(
                "Memcached listens on its socket alone, and keeps nothing on a disk",
            ));
        }
        let program = MEMCACHED.find()?;
        let site = Site::new(options, Medium::Memory, |data| {
            fs::create_dir(data).map_err(ServerError::file(data))?;
            account::hand_over(data)
        })?;
        let socket = site.data().join("memcached.sock");
        let mut arguments = ["-t", "2", "-a", "0777", "-s"].map(Into::into).to_vec();
        arguments.push(socket.clone().into_os_string());
        for (flag, value) in &options.settings {
            arguments.extend([flag.into(), value.into()]);
        }
        let launch = Launch {
            server: MEMCACHED.name,
            program,
            arguments,
            socket,
            is_ready: |site, _| answers(site).is_ok_and(|answers| answers),
            farewell: None,
        };
        Ok(Self(Instance::start(site, launch)?))
    }
}

fn answers(site: &Site) -> std::io::Result<bool> {
    let mut connection = UnixStream::connect(site.data().join("memcached.sock"))?;
    connection.write_all(b"version\r\n")?;
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line)?;
    Ok(line.starts_with("VERSION "))
}

impl Server for Memcached {
    fn instance(&self) -> &Instance {
        &self.0
    }

    fn url(&self) -> String {
        format!("memcached+unix://{}", self.socket().display())
    }

    fn tcp_url(&self) -> Result<String> {
        Err(ServerError::Lacking(
            "Memcached listens on its socket alone",
        ))
    }
}
