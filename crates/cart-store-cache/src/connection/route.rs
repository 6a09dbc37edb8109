//! Which server has which carts.

use std::sync::Arc;

use super::connector::Manner;
use super::deadline::Deadline;
use super::node::Node;
use super::single::Single;
use crate::address::Place;
use crate::config::{Settings, invalid};
use crate::failure::Failure;
use crate::key::Slot;

/// Knows the servers, and which of them has which carts.
#[derive(Debug)]
pub(super) enum Route {
    Single(Single),
}

impl Route {
    /// Finds the servers that `settings` describe, and connects to them.
    pub(super) async fn open(settings: &Settings, deadline: Deadline) -> Result<Self, Failure> {
        let manner = Manner::new(settings)?;
        let who = &settings.credentials;
        let database = settings.database;
        match &settings.place {
            Place::Single { primary, replica } => {
                let replica = replica.as_ref();
                Single::open(&manner, primary, replica, who, database, deadline)
                    .await
                    .map(Self::Single)
            }
            Place::Sentinels { .. } | Place::Cluster(_) => {
                Err(invalid("clusters and sentinels can't be opened yet").into())
            }
        }
    }

    /// The server that takes writes to a slot.
    pub(super) async fn primary(
        &self,
        _slot: Slot,
        _deadline: Deadline,
    ) -> Result<Arc<Node>, Failure> {
        match self {
            Self::Single(single) => Ok(single.primary()),
        }
    }

    /// A server that has a copy of a slot.
    pub(super) fn replica(&self, _slot: Slot) -> Option<Arc<Node>> {
        match self {
            Self::Single(single) => single.replica(),
        }
    }

    /// All servers that take writes.
    pub(super) fn primaries(&self) -> Vec<Arc<Node>> {
        match self {
            Self::Single(single) => vec![single.primary()],
        }
    }

    pub(super) fn is_cluster(&self) -> bool {
        match self {
            Self::Single(_) => false,
        }
    }
}
