//! The nodes of a cluster, asked and told one by one.

use std::time::Duration;

use super::super::super::error::{Result, ServerError};
use super::super::super::instance::Instance;
use super::super::{info, wait_for, wire};
use super::view::{self, Node};

/// How long a node may take to say how it sees the cluster. One that is stopped never does.
const PATIENCE: Duration = Duration::from_millis(500);

/// How many slots a cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// All nodes of a cluster, primaries first as they were at its start.
#[derive(Clone, Debug)]
pub(super) struct Members(pub(super) Vec<Instance>);

impl Members {
    /// Makes a cluster of nodes that don't know each other: so many primaries, and the others their
    /// replicas in turn.
    pub(super) fn join(&self, bus_ports: &[u16], primaries: usize) -> Result<()> {
        for (number, node) in self.0.iter().enumerate() {
            // Were all the same, they would have to be made different later.
            run(node, &["SET-CONFIG-EPOCH", &(number + 1).to_string()])?;
        }
        let borders: Vec<_> = (0..=primaries)
            .map(|number| usize::from(SLOTS) * number / primaries)
            .collect();
        for (node, border) in self.0.iter().zip(borders.windows(2)) {
            let [first, last] = [border[0], border[1] - 1].map(|slot| slot.to_string());
            run(node, &["ADDSLOTSRANGE", &first, &last])?;
        }
        for (node, bus) in self.0.iter().zip(bus_ports).skip(1) {
            let [port, bus] = [port(node), *bus].map(|port| port.to_string());
            run(&self.0[0], &["MEET", "127.0.0.1", &port, &bus])?;
        }
        for node in &self.0 {
            wait_for(node, || Ok(self.is_known_to(&nodes(node)?)))?;
        }
        let (primaries, replicas) = self.0.split_at(primaries);
        for (replica, primary) in replicas.iter().zip(primaries.iter().cycle()) {
            run(replica, &["REPLICATE", &run(primary, &["MYID"])?])?;
        }
        self.wait_until_whole()
    }

    /// Waits until all nodes agree who serves what, and show all replicas to clients.
    pub(super) fn wait_until_whole(&self) -> Result<()> {
        for node in &self.0 {
            wait_for(node, || {
                Ok(info_of_cluster(node)?.contains("cluster_state:ok")
                    && self.is_known_to(&nodes(node)?)
                    && slots(&nodes(node)?) == usize::from(SLOTS))
            })?;
            let is_linked = || {
                let info = info(node, "replication")?;
                Ok(info.is("role", "master") || info.is("master_link_status", "up"))
            };
            wait_for(node, is_linked)?;
        }
        for node in &self.0 {
            write_something(node)?;
        }
        for node in &self.0 {
            wait_for(node, || {
                let slots = run(node, &["SLOTS"])?;
                let shows = |other: &Instance| {
                    slots
                        .split('\t')
                        .any(|word| word == port(other).to_string())
                };
                Ok(self.0.iter().all(shows))
            })?;
        }
        Ok(())
    }

    /// The node that serves a slot: the last that was elected, by all nodes that answer.
    pub(super) fn primary_of(&self, slot: u16) -> Result<usize> {
        let claims = self.views().into_iter().flatten();
        let claims = claims.filter(|node| node.serves(slot) && !node.is_lost);
        let last = claims.max_by_key(|node| node.epoch);
        last.and_then(|node| self.number_of(&node))
            .ok_or(ServerError::Lacking("no node serves the slot"))
    }

    /// A replica of the node that serves a slot.
    pub(super) fn replica_of(&self, slot: u16) -> Result<usize> {
        let primary = run(&self.0[self.primary_of(slot)?], &["MYID"])?;
        let replicas = self.views().into_iter().flatten();
        let mut replicas = replicas.filter(|node| !node.is_lost);
        replicas
            .find(|node| node.primary.as_ref() == Some(&primary))
            .and_then(|node| self.number_of(&node))
            .ok_or(ServerError::Lacking("the slot has no replica"))
    }

    /// Waits until another node serves a slot, by all nodes that answer, and says which.
    pub(super) fn successor(&self, slot: u16, before: usize) -> Result<usize> {
        let mut successor = before;
        wait_for(&self.0[before], || {
            let Ok(now) = self.primary_of(slot) else {
                return Ok(false);
            };
            successor = now;
            let port = port(&self.0[now]);
            let agrees = |view: &Vec<Node>| {
                view.iter()
                    .any(|node| node.port == port && node.serves(slot))
            };
            Ok(now != before && self.views().iter().all(agrees))
        })?;
        Ok(successor)
    }

    /// How those nodes see the cluster that answer.
    fn views(&self) -> Vec<Vec<Node>> {
        self.0.iter().filter_map(|node| nodes(node).ok()).collect()
    }

    fn is_known_to(&self, view: &[Node]) -> bool {
        let is_known = |node: &Instance| {
            view.iter()
                .any(|seen| seen.port == port(node) && !seen.is_lost && seen.is_linked)
        };
        self.0.iter().all(is_known)
    }

    fn number_of(&self, node: &Node) -> Option<usize> {
        self.0.iter().position(|one| port(one) == node.port)
    }
}

pub(super) fn port(node: &Instance) -> u16 {
    node.site().port().unwrap_or_default()
}

/// Runs one of the commands `CLUSTER …`.
pub(super) fn run(node: &Instance, arguments: &[&str]) -> Result<String> {
    let arguments = [&["CLUSTER"], arguments].concat();
    let answer = wire::run_within(Some(PATIENCE), node.server(), node.socket(), &arguments);
    Ok(answer?.text())
}

/// A node shows no replica to clients until something was written to it.
fn write_something(node: &Instance) -> Result<()> {
    if !info(node, "replication")?.is("role", "master") {
        return Ok(());
    }
    // One key in three or so is of this node.
    for number in 0..u16::MAX {
        let key = format!("cart:written:{number}");
        match wire::run(node.server(), node.socket(), &["SET", &key, ""]) {
            Ok(_) => {
                return wire::run(node.server(), node.socket(), &["DEL", &key]).map(drop);
            }
            Err(ServerError::Refused { complaint, .. }) if complaint.starts_with("MOVED") => {}
            Err(error) => return Err(error),
        }
    }
    Err(ServerError::Lacking("a primary serves no slot"))
}

fn nodes(node: &Instance) -> Result<Vec<Node>> {
    Ok(view::nodes(&run(node, &["NODES"])?))
}

fn info_of_cluster(node: &Instance) -> Result<String> {
    run(node, &["INFO"])
}

fn slots(view: &[Node]) -> usize {
    view.iter().map(Node::slots).sum()
}
