//! A Redis server with replicas, and sentinels that replace it when it is gone.

use super::super::error::{Result, ServerError};
use super::super::instance::Instance;
use super::super::options::Options;
use super::super::server::{DATABASE, Server, blocking};
use super::replica::catch_up;
use super::settings::{Role, WATCHED};
use super::{Redis, wait_for, wire};

const REPLICAS: usize = 2;
const SENTINELS: usize = 3;

/// A private Redis server with two replicas, and three sentinels.
///
/// When the server is gone for half a second, the sentinels have a replica take its place.
#[derive(Debug)]
pub struct RedisSentinel {
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl RedisSentinel {
    /// Starts the servers and the sentinels, and waits until all sentinels know each other and the
    /// replicas.
    ///
    /// # Errors
    ///
    /// As [`Redis::start`].
    ///
    /// # Cancel safety
    ///
    /// Servers whose future was dropped end as soon as they have started.
    pub async fn start(options: Options) -> Result<Self> {
        blocking(move || Self::start_now(&options.of_several()?)).await
    }

    fn start_now(options: &Options) -> Result<Self> {
        let primary = Redis::start_now(options.clone(), Role::Primary)?;
        let port = primary.address()?.port();
        let mut servers = vec![primary];
        for _ in 0..REPLICAS {
            servers.push(Redis::start_now(
                options.of_replica(),
                Role::ReplicaOf(port),
            )?);
        }
        // A sentinel asks for replicas when it comes, and then not for ten seconds.
        for replica in &servers[1..] {
            catch_up(&replica.instance, &servers[0].instance)?;
        }
        let of_sentinel = Options {
            valkey: options.valkey,
            network: options.network,
            authority: options.authority.clone(),
            ..Options::new()
        };
        let sentinel = |_| Redis::start_now(of_sentinel.clone(), Role::SentinelOf(port));
        let sentinels: Result<Vec<_>> = (0..SENTINELS).map(sentinel).collect();
        let sentinels = sentinels?;
        for sentinel in &sentinels {
            wait_for(&sentinel.instance, || {
                let seen = ask(&sentinel.instance, &["MASTER", WATCHED])?;
                Ok(number(&seen, "num-slaves") == Some(REPLICAS)
                    && number(&seen, "num-other-sentinels") == Some(SENTINELS - 1))
            })?;
        }
        Ok(Self { servers, sentinels })
    }

    /// A URL for an application that names all sentinels, and then what they call the servers:
    /// `redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT,…/NAME?sentinel_user=…&sentinel_password=…`,
    /// or `rediss-sentinel://…` with TLS.
    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().filter_map(port);
        let sentinels: Vec<_> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        format!(
            "{}-sentinel://{DATABASE}:{DATABASE}@{}/{WATCHED}\
             ?sentinel_user={DATABASE}&sentinel_password={DATABASE}",
            self.servers[0].scheme(),
            sentinels.join(",")
        )
    }

    /// The servers: the first was the primary at the start.
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// The sentinels.
    pub fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    /// The server that most sentinels call the primary.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] while they don't agree.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn primary(&self) -> Result<&Redis> {
        let sentinels = self.instances();
        let named = blocking(move || Ok(named(&sentinels))).await?;
        let named_by = |server: &Redis| {
            let port = port(server);
            named.iter().filter(|named| **named == port).count()
        };
        self.servers
            .iter()
            .find(|server| named_by(server) > SENTINELS / 2)
            .ok_or(ServerError::Lacking("the sentinels don't agree"))
    }

    /// Waits until all sentinels that answer call another server than `primary` the primary, and
    /// returns that one.
    ///
    /// # Errors
    ///
    /// [`ServerError::Silent`] when they don't after a minute.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn successor_of(&self, primary: &Redis) -> Result<&Redis> {
        let (sentinels, before) = (self.instances(), port(primary));
        blocking(move || {
            wait_for(&sentinels[0], || {
                let named = named(&sentinels);
                let first = named.first().copied().flatten();
                Ok(first.is_some() && first != before && named.iter().all(|port| *port == first))
            })
        })
        .await?;
        self.primary().await
    }

    /// Starts a server again as a replica of the one that has taken its place, and waits until it
    /// has caught up.
    ///
    /// Left alone, it would be told so by the sentinels some ten seconds later.
    ///
    /// # Errors
    ///
    /// As [`Server::restart`].
    ///
    /// # Cancel safety
    ///
    /// As [`Server::restart`].
    pub async fn rejoin(&self, server: &Redis) -> Result<()> {
        let primary = self.primary().await?;
        server.restart().await?;
        let port = primary.address()?.port().to_string();
        server.command(&["REPLICAOF", "127.0.0.1", &port]).await?;
        let (server, primary) = (server.instance.clone(), primary.instance.clone());
        blocking(move || catch_up(&server, &primary)).await
    }

    fn instances(&self) -> Vec<Instance> {
        self.sentinels
            .iter()
            .map(|sentinel| sentinel.instance.clone())
            .collect()
    }
}

fn port(server: &Redis) -> Option<u16> {
    server.instance.site().port()
}

/// The port of the primary, by each sentinel that answers.
fn named(sentinels: &[Instance]) -> Vec<Option<u16>> {
    let address = ["GET-MASTER-ADDR-BY-NAME", WATCHED];
    sentinels
        .iter()
        .filter_map(|sentinel| ask(sentinel, &address).ok())
        .map(|address| address.lines().nth(1)?.parse().ok())
        .collect()
}

/// Runs one of the commands `SENTINEL …`.
fn ask(sentinel: &Instance, arguments: &[&str]) -> Result<String> {
    let arguments = [&["SENTINEL"], arguments].concat();
    Ok(wire::run(sentinel.server(), sentinel.socket(), &arguments)?.text())
}

/// A number in an answer in which each name stands before its value.
fn number(answer: &str, name: &str) -> Option<usize> {
    let mut lines = answer.lines();
    lines.find(|line| *line == name)?;
    lines.next()?.parse().ok()
}
