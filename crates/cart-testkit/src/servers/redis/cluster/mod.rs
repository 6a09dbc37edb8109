//! A cluster of Redis servers.

mod members;
mod view;

use std::thread;

use super::super::error::{Result, ServerError};
use super::super::options::{Network, Options};
use super::super::port::Port;
use super::super::server::{DATABASE, Server, blocking};
use super::settings::{ADMINISTRATOR, Role};
use super::{Redis, wire};

use self::members::{Members, port, run};

/// How many primaries a cluster has: as few as can outvote one that is lost.
const PRIMARIES: usize = 3;

/// A private cluster: of three primaries and three replicas, or of one primary.
///
/// It takes two to four seconds to start, which the servers wait before they take writes, so that
/// tests in one process had better share one.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
    members: Members,
    /// Where the nodes talk to each other.
    _bus: Vec<Port>,
}

impl RedisCluster {
    /// Starts a cluster, and waits until all nodes agree who serves which slots, and show all
    /// replicas to clients.
    ///
    /// A node that is gone is missed after two seconds, unless the setting `cluster-node-timeout` says
    /// otherwise.
    ///
    /// # Errors
    ///
    /// As [`Redis::start`].
    ///
    /// # Cancel safety
    ///
    /// A cluster whose future was dropped ends as soon as it has started.
    pub async fn start(options: Options) -> Result<Self> {
        Self::start_with(options, PRIMARIES, PRIMARIES).await
    }

    /// Starts a cluster of one primary, which has all slots: enough for keys of different slots.
    ///
    /// # Errors
    ///
    /// As [`RedisCluster::start`].
    ///
    /// # Cancel safety
    ///
    /// As [`RedisCluster::start`].
    pub async fn start_single(options: Options) -> Result<Self> {
        Self::start_with(options, 1, 0).await
    }

    async fn start_with(options: Options, primaries: usize, replicas: usize) -> Result<Self> {
        blocking(move || Self::start_now(&options.of_several()?, primaries, replicas)).await
    }

    fn start_now(options: &Options, primaries: usize, replicas: usize) -> Result<Self> {
        let bus = (0..primaries + replicas).map(|_| Port::claim());
        let bus: Result<Vec<_>> = bus.collect();
        let bus = bus?;
        let ports: Vec<_> = bus.iter().map(Port::number).collect();
        let nodes: Result<Vec<_>> = thread::scope(|scope| {
            let starts: Vec<_> = ports
                .iter()
                .map(|bus| {
                    let options = options_of_node(options, *bus);
                    scope.spawn(|| Redis::start_now(options, Role::Primary))
                })
                .collect();
            let start_of = |start: thread::ScopedJoinHandle<'_, _>| match start.join() {
                Ok(node) => node,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            starts.into_iter().map(start_of).collect()
        });
        let nodes = nodes?;
        let instances = nodes.iter().map(|node| node.instance.clone());
        let members = Members(instances.collect());
        members.join(&ports, primaries)?;
        Ok(Self {
            nodes,
            members,
            _bus: bus,
        })
    }

    /// A URL for an application that names all nodes:
    /// `redis-cluster://USER:PASSWORD@HOST:PORT,HOST:PORT,…`, or `rediss-cluster://…` with TLS.
    pub fn url(&self) -> String {
        let nodes: Vec<_> = self
            .members
            .0
            .iter()
            .map(|node| format!("127.0.0.1:{}", port(node)))
            .collect();
        let scheme = self.nodes[0].scheme();
        format!(
            "{scheme}-cluster://{DATABASE}:{DATABASE}@{}",
            nodes.join(",")
        )
    }

    /// Its nodes: those first that were primaries at the start.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The node that serves a slot.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] while none does.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn primary_of(&self, slot: u16) -> Result<&Redis> {
        self.node(move |members| members.primary_of(slot)).await
    }

    /// A replica of the node that serves a slot.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] while there is none.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn replica_of(&self, slot: u16) -> Result<&Redis> {
        self.node(move |members| members.replica_of(slot)).await
    }

    /// Waits until another node than `primary` serves a slot, as all nodes see it that answer, and
    /// returns that node.
    ///
    /// # Errors
    ///
    /// [`ServerError::Silent`] when none does after a minute.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn successor_of(&self, primary: &Redis, slot: u16) -> Result<&Redis> {
        let socket = primary.socket();
        let before = self.nodes.iter().position(|node| node.socket() == socket);
        let before = before.ok_or(ServerError::Lacking("the server is no node of the cluster"))?;
        self.node(move |members| members.successor(slot, before))
            .await
    }

    /// Has a replica of the node that serves a slot take its place, without losing a write, and
    /// returns it.
    ///
    /// # Errors
    ///
    /// As [`RedisCluster::replica_of`] and [`RedisCluster::successor_of`].
    ///
    /// # Cancel safety
    ///
    /// Once begun it goes on, also when the future is dropped.
    pub async fn fail_over(&self, slot: u16) -> Result<&Redis> {
        self.node(move |members| {
            let before = members.primary_of(slot)?;
            run(&members.0[members.replica_of(slot)?], &["FAILOVER"])?;
            members.successor(slot, before)
        })
        .await
    }

    /// Begins to move a slot to another primary: from now on its present one redirects clients there
    /// who ask for a key that it doesn't have (`ASK`).
    ///
    /// # Errors
    ///
    /// [`ServerError::Refused`] when a node doesn't want to.
    ///
    /// # Cancel safety
    ///
    /// As [`RedisCluster::fail_over`].
    pub async fn begin_move(&self, slot: u16, to: &Redis) -> Result<()> {
        let (members, to) = (self.members.clone(), to.instance.clone());
        blocking(move || {
            let from = &members.0[members.primary_of(slot)?];
            let [from_id, to_id] = [run(from, &["MYID"])?, run(&to, &["MYID"])?];
            let slot = slot.to_string();
            run(&to, &["SETSLOT", &slot, "IMPORTING", &from_id])?;
            run(from, &["SETSLOT", &slot, "MIGRATING", &to_id]).map(drop)
        })
        .await
    }

    /// Moves the keys that are in the slot still, and has all primaries know its new one: clients who
    /// ask the old one are redirected for good (`MOVED`).
    ///
    /// # Errors
    ///
    /// As [`RedisCluster::begin_move`].
    ///
    /// # Cancel safety
    ///
    /// As [`RedisCluster::fail_over`].
    pub async fn finish_move(&self, slot: u16, to: &Redis) -> Result<()> {
        let (members, to) = (self.members.clone(), to.instance.clone());
        blocking(move || {
            let before = members.primary_of(slot)?;
            let from = &members.0[before];
            let (name, port) = (slot.to_string(), port(&to).to_string());
            loop {
                let keys = run(from, &["GETKEYSINSLOT", &name, "100"])?;
                if keys.is_empty() {
                    break;
                }
                let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "10000"];
                migrate.extend(["AUTH2", ADMINISTRATOR, ADMINISTRATOR, "KEYS"]);
                migrate.extend(keys.lines());
                wire::run(from.server(), from.socket(), &migrate)?;
            }
            let id = run(&to, &["MYID"])?;
            // The new one first: else nobody would serve it for a moment.
            run(&to, &["SETSLOT", &name, "NODE", &id])?;
            run(from, &["SETSLOT", &name, "NODE", &id])?;
            members.successor(slot, before).map(drop)
        })
        .await
    }

    /// Waits until all nodes answer, agree who serves what, and show all replicas to clients: after
    /// one was started again.
    ///
    /// # Errors
    ///
    /// [`ServerError::Process`] when one doesn't answer, and [`ServerError::Silent`] when they don't
    /// agree after a minute.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn wait_until_whole(&self) -> Result<()> {
        let members = self.members.clone();
        blocking(move || members.wait_until_whole()).await
    }

    async fn node(
        &self,
        number: impl FnOnce(&Members) -> Result<usize> + Send + 'static,
    ) -> Result<&Redis> {
        let members = self.members.clone();
        let number = blocking(move || number(&members)).await?;
        Ok(&self.nodes[number])
    }
}

/// The options of one node, which those of the whole cluster go over.
fn options_of_node(options: &Options, bus: u16) -> Options {
    let bus = bus.to_string();
    let mut own = Options {
        settings: Vec::new(),
        ..options.clone()
    };
    for (name, value) in [
        ("cluster-enabled", "yes"),
        ("cluster-port", bus.as_str()),
        ("cluster-config-file", "nodes.conf"),
        ("cluster-node-timeout", "2000"),
        // Who serves its slots goes on without the others.
        ("cluster-require-full-coverage", "no"),
        // However long a replica hasn't heard of its primary, it may take its place.
        ("cluster-replica-validity-factor", "0"),
        // Replicas stay with their primaries, so that tests know them.
        ("cluster-allow-replica-migration", "no"),
    ] {
        own = own.setting(name, value);
    }
    if let Network::Tls(_) = options.network {
        // They talk to each other as clients do to them.
        own = own.setting("tls-cluster", "yes");
    }
    own.settings.extend_from_slice(&options.settings);
    own
}
