//! Who has which carts, as far as it is known.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::server::Server;
use crate::address::Host;
use crate::key::Slot;

/// A primary with its replicas, and the slots that they have, as the servers tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) primary: Host,
    pub(super) replicas: Vec<Host>,
    pub(super) slots: RangeInclusive<u16>,
}

/// Who has which carts.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// What it was made from.
    shards: Vec<Shard>,
    members: Vec<Members>,
    /// For each slot, the one of the members that has it.
    owners: Vec<Option<u16>>,
}

#[derive(Clone, Debug)]
struct Members {
    primary: Arc<Server>,
    replicas: Vec<Arc<Server>>,
}

impl Roster {
    /// The roster that `shards` describe. `server` finds a server; whether it takes writes is told.
    pub(super) fn new(
        shards: Vec<Shard>,
        with_replicas: bool,
        mut server: impl FnMut(&Host, bool) -> Arc<Server>,
    ) -> Self {
        let mut owners = vec![None; usize::from(Slot::COUNT)];
        let mut members: Vec<Members> = Vec::new();
        for shard in &shards {
            let primary = server(&shard.primary, true);
            let of_primary = |known: &Members| Arc::ptr_eq(&known.primary, &primary);
            let index = members.iter().position(of_primary).unwrap_or_else(|| {
                let replicas = shard.replicas.iter().filter(|_| with_replicas);
                members.push(Members {
                    replicas: replicas.map(|host| server(host, false)).collect(),
                    primary,
                });
                members.len() - 1
            });
            for slot in shard.slots.clone() {
                if let Some(owner) = owners.get_mut(usize::from(slot)) {
                    *owner = u16::try_from(index).ok();
                }
            }
        }
        Self {
            shards,
            members,
            owners,
        }
    }

    /// The same, in which `server` has `slot`.
    #[must_use]
    pub(super) fn with_moved(&self, slot: Slot, server: Arc<Server>) -> Self {
        let mut members = self.members.clone();
        let of_server = |known: &Members| Arc::ptr_eq(&known.primary, &server);
        let index = members.iter().position(of_server).unwrap_or_else(|| {
            members.push(Members {
                primary: server,
                replicas: Vec::new(),
            });
            members.len() - 1
        });
        let mut owners = self.owners.clone();
        if let Some(owner) = owners.get_mut(usize::from(slot.number())) {
            *owner = u16::try_from(index).ok();
        }
        Self {
            // No answer of the servers is the same as this.
            shards: Vec::new(),
            members,
            owners,
        }
    }

    /// Whether it was made from `shards`.
    pub(super) fn is_of(&self, shards: &[Shard]) -> bool {
        self.shards == shards
    }

    pub(super) fn primary(&self, slot: Slot) -> Option<&Arc<Server>> {
        self.of(slot).map(|members| &members.primary)
    }

    /// A replica that is there.
    pub(super) fn replica(&self, slot: Slot) -> Option<&Arc<Server>> {
        let mut replicas = self.of(slot)?.replicas.iter();
        replicas.find(|replica| replica.is_up())
    }

    pub(super) fn primaries(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.members.iter().map(|members| &members.primary)
    }

    /// All servers.
    pub(super) fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        let replicas = self.members.iter().flat_map(|members| &members.replicas);
        self.primaries().chain(replicas)
    }

    fn of(&self, slot: Slot) -> Option<&Members> {
        let owner = (*self.owners.get(usize::from(slot.number()))?)?;
        self.members.get(usize::from(owner))
    }
}
