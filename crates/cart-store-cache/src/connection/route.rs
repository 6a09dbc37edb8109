//! Which server has which carts.

use std::sync::Arc;

use super::connector::Manner;
use super::deadline::Deadline;
use super::discovery::{Discovery, Source};
use super::server::Server;
use super::single::Single;
use crate::address::{Address, Place};
use crate::config::Settings;
use crate::failure::{Cause, Failure};
use crate::key::Slot;

/// Knows the servers, and which of them has which carts.
#[derive(Debug)]
pub(super) enum Route {
    Discovery(Discovery),
    Single(Single),
}

impl Route {
    /// Finds the servers that `settings` describe, and connects to them.
    ///
    /// # Errors
    ///
    /// `Invalid` for settings that make no sense, and what connecting meets.
    pub(super) async fn open(settings: &Settings, deadline: Deadline) -> Result<Self, Failure> {
        let manner = Manner::new(settings)?;
        let source = match &settings.place {
            Place::Single { primary, replica } => {
                let single = Single::open(&manner, primary, replica.as_ref(), deadline).await;
                return single.map(Self::Single);
            }
            Place::Cluster(members) => Source::Cluster(members.clone()),
            Place::Sentinels {
                sentinels,
                primary,
                credentials,
            } => {
                let manner = manner.for_sentinels(credentials);
                let server = |host| manner.server(&Address::Host(host), None, false);
                let sentinels = sentinels.iter().cloned().map(server);
                Source::Sentinels {
                    sentinels: sentinels.map(Arc::new).collect(),
                    primary: primary.clone(),
                }
            }
        };
        let discovery = Discovery::open(source, manner, settings.read_replicas, deadline);
        discovery.await.map(Self::Discovery)
    }

    /// The server that takes writes to a slot.
    ///
    /// # Errors
    ///
    /// Why it isn't there.
    pub(super) async fn primary(
        &self,
        slot: Slot,
        deadline: Deadline,
    ) -> Result<Arc<Server>, Failure> {
        match self {
            Self::Discovery(discovery) => discovery.primary(slot, deadline).await,
            Self::Single(single) => Ok(Arc::clone(single.primary())),
        }
    }

    /// A server that has a copy of a slot.
    pub(super) fn replica(&self, slot: Slot) -> Option<Arc<Server>> {
        match self {
            Self::Discovery(discovery) => discovery.replica(slot),
            Self::Single(single) => single.replica().cloned(),
        }
    }

    /// All servers that take writes.
    pub(super) fn primaries(&self) -> Vec<Arc<Server>> {
        match self {
            Self::Discovery(discovery) => discovery.primaries(),
            Self::Single(single) => vec![Arc::clone(single.primary())],
        }
    }

    /// Learns from why `server` didn't do a call on `slot`. A server is given when this one call
    /// belongs there.
    pub(super) fn learn(&self, slot: Slot, server: &Server, cause: &Cause) -> Option<Arc<Server>> {
        let Self::Discovery(discovery) = self else {
            return None;
        };
        match cause {
            Cause::Asked(host) => return Some(discovery.at(host, server)),
            Cause::Moved(host) => discovery.moved(slot, host, server),
            Cause::Deposed | Cause::Lost | Cause::Unready => discovery.suspect(),
            Cause::Forgotten | Cause::Refused => {}
        }
        None
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self, Self::Discovery(discovery) if discovery.is_cluster())
    }
}
