//! Servers that are found by asking: a cluster, or what sentinels watch over.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cart_core::{Clock, Error, ErrorKind, RetryClass, SystemClock};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::connector::{Greeting, Manner};
use super::deadline::Deadline;
use super::roster::{Roster, Shard};
use super::server::Server;
use super::{cluster, sentinel};
use crate::address::{Address, Host};
use crate::failure::{Cause, Failure};
use crate::key::Slot;

/// The least time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest time between two looks, when nothing calls for one.
const PERIOD: Duration = Duration::from_secs(1);

/// Servers that are found by asking, and looked for anew when something changes.
///
/// Calls to a server that is there never wait for one that isn't: each has a connection of its own,
/// and looking goes on beside the calls.
#[derive(Debug)]
pub(super) struct Discovery {
    found: Arc<Found>,
    looking: AbortHandle,
}

/// Whom to ask.
#[derive(Debug)]
pub(super) enum Source {
    /// The members of a cluster; these are the first.
    Cluster(Vec<Host>),
    /// Sentinels, which know the primary by this name.
    Sentinels {
        sentinels: Vec<Arc<Server>>,
        primary: String,
    },
}

#[derive(Debug)]
struct Found {
    source: Source,
    manner: Manner,
    with_replicas: bool,
    rosters: watch::Sender<Arc<Roster>>,
    /// The servers by address, and whether they take writes.
    servers: Mutex<BTreeMap<(Host, bool), Arc<Server>>>,
    wanted: Notify,
    turn: AtomicUsize,
}

impl Drop for Discovery {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Discovery {
    /// Finds the servers, and goes on looking for changes.
    ///
    /// # Errors
    ///
    /// What the last one that was asked met, when none could tell; what connecting to the primary
    /// meets, where there is one.
    pub(super) async fn open(
        source: Source,
        manner: Manner,
        with_replicas: bool,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        let found = Arc::new(Found {
            source,
            manner,
            with_replicas,
            rosters: watch::Sender::default(),
            servers: Mutex::default(),
            wanted: Notify::new(),
            turn: AtomicUsize::new(0),
        });
        found.look(deadline).await?;
        let looking = tokio::spawn(keep_looking(Arc::clone(&found))).abort_handle();
        let discovery = Self { found, looking };
        let roster = discovery.roster();
        let mut failed = None;
        for primary in roster.primaries() {
            match primary.opened(deadline).await {
                Ok(()) => return Ok(discovery),
                Err(failure) => failed = Some(failure),
            }
        }
        Err(failed.unwrap_or_else(Failure::never_sent))
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.found.source, Source::Cluster(_))
    }

    /// The server that takes writes to a slot, once it is there.
    ///
    /// # Errors
    ///
    /// Why it isn't there, when the time is up or it has been away for long.
    pub(super) async fn primary(
        &self,
        slot: Slot,
        deadline: Deadline,
    ) -> Result<Arc<Server>, Failure> {
        loop {
            let mut rosters = self.found.rosters.subscribe();
            let known = rosters.borrow_and_update().primary(slot).cloned();
            if let Some(server) = known.as_ref().filter(|server| server.is_up()) {
                return Ok(Arc::clone(server));
            }
            self.suspect();
            let is_over = match &known {
                None => {
                    deadline.at_most(PAUSE).wait(rosters.changed()).await;
                    deadline.rest().is_none()
                }
                Some(server) => {
                    tokio::select! {
                        _ = rosters.changed() => {}
                        _ = server.is_up_within(PAUSE, deadline) => {}
                    }
                    deadline.rest().is_none() || server.is_given_up()
                }
            };
            if is_over {
                return Err(known.map_or_else(nobody, |server| server.outage()));
            }
        }
    }

    /// A server that has a copy of a slot.
    pub(super) fn replica(&self, slot: Slot) -> Option<Arc<Server>> {
        self.found.rosters.borrow().replica(slot).cloned()
    }

    pub(super) fn primaries(&self) -> Vec<Arc<Server>> {
        self.roster().primaries().cloned().collect()
    }

    /// Has the servers looked for: something doesn't fit what is known.
    pub(super) fn suspect(&self) {
        self.found.wanted.notify_one();
    }

    /// Notes that `asked` has said that `slot` is now at `host`.
    pub(super) fn moved(&self, slot: Slot, host: &Host, asked: &Server) {
        let server = self.at(host, asked);
        self.found.rosters.send_modify(|roster| {
            *roster = Arc::new(roster.with_moved(slot, server));
        });
        self.suspect();
    }

    /// The server at `host`, as `asked` has named it.
    pub(super) fn at(&self, host: &Host, asked: &Server) -> Arc<Server> {
        match &asked.host {
            // It leaves out the name of a machine that is its own.
            Some(here) if host.name.is_empty() => {
                self.found.server(&Host::new(&here.name, host.port), true)
            }
            _ => self.found.server(host, true),
        }
    }

    fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.found.rosters.borrow())
    }
}

fn nobody() -> Failure {
    let message = "no server of the cluster has these carts: is the cluster complete?";
    let error = Error::new(ErrorKind::Unavailable, message);
    Failure::new(
        Cause::Unready,
        error.with_retry_class(RetryClass::NotApplied),
    )
}

/// Looks for the servers when something calls for it, and every now and then.
async fn keep_looking(found: Arc<Found>) {
    loop {
        let is_whole = found.rosters.borrow().primaries().all(|one| one.is_up());
        if is_whole {
            let period = Deadline::after(PERIOD);
            period.wait(found.wanted.notified()).await;
        }
        // When nobody answers, what is known stays, and the next look comes soon.
        let _failed = found.look(Deadline::after(PERIOD)).await;
        SystemClock.sleep(PAUSE).await;
    }
}

impl Found {
    /// Asks who has what, and notes it.
    async fn look(&self, deadline: Deadline) -> Result<(), Failure> {
        let shards = match &self.source {
            Source::Cluster(first) => self.look_in_cluster(first, deadline).await?,
            Source::Sentinels { sentinels, primary } => {
                let replicas = self.with_replicas;
                vec![sentinel::look(&self.turned(sentinels), primary, replicas, deadline).await?]
            }
        };
        self.adopt(shards);
        Ok(())
    }

    /// Asks those members that are there; if none is, those that were named first.
    async fn look_in_cluster(
        &self,
        first: &[Host],
        deadline: Deadline,
    ) -> Result<Vec<Shard>, Failure> {
        let roster = Arc::clone(&self.rosters.borrow());
        let there = roster.servers().filter(|server| server.is_up());
        let there: Vec<_> = there.cloned().collect();
        if let Ok(shards) = cluster::look(&self.turned(&there), deadline).await {
            return Ok(shards);
        }
        let first: Vec<_> = first.iter().map(|host| self.server(host, true)).collect();
        cluster::look(&self.turned(&first), deadline).await
    }

    /// The same servers, beginning with another each time, so that none is always the one to tell.
    fn turned(&self, servers: &[Arc<Server>]) -> Vec<Arc<Server>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut servers = servers.to_vec();
        let len = servers.len().max(1);
        servers.rotate_left(turn % len);
        servers
    }

    fn adopt(&self, shards: Vec<Shard>) {
        if self.rosters.borrow().is_of(&shards) {
            return;
        }
        let roster = Roster::new(shards, self.with_replicas, |host, takes_writes| {
            self.server(host, takes_writes)
        });
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|_, known| roster.servers().any(|server| Arc::ptr_eq(known, server)));
        drop(servers);
        self.rosters.send_replace(Arc::new(roster));
    }

    /// The server at `host`, which is connected to when it is new.
    fn server(&self, host: &Host, takes_writes: bool) -> Arc<Server> {
        let greeting = match (&self.source, takes_writes) {
            (Source::Cluster(_), false) => Some(Greeting::ReadHere),
            (Source::Sentinels { .. }, true) => Some(Greeting::AskWhetherPrimary),
            (Source::Cluster(_), true) | (Source::Sentinels { .. }, false) => None,
        };
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let server = servers
            .entry((host.clone(), takes_writes))
            .or_insert_with(|| {
                let address = Address::Host(host.clone());
                Arc::new(self.manner.server(&address, greeting, takes_writes))
            });
        Arc::clone(server)
    }
}
