//! What all connections of a proxy have in common.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cart_core::Clock;
use tokio::sync::watch;

use super::door::Door;
use super::link::{Degraded, Direction};
use super::plan::Planned;
use super::protocol::Protocol;
use super::relay::Ending;
use super::socket::Upstream;
use crate::injection::Actives;

/// What all connections of a proxy have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) doors: Vec<Door>,
    pub(super) faults: Arc<Actives<Planned>>,
    pub(super) links: Arc<Actives<Degraded>>,
    pub(super) upstream: Upstream,
    pub(super) new_protocol: fn() -> Box<dyn Protocol>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cut: watch::Sender<Ending>,
    pub(super) connections: AtomicU64,
    pub(super) round_trips: AtomicU64,
}

impl Shared {
    pub(super) async fn allowance(&self, direction: Direction, length: usize) -> usize {
        self.links.allowance(direction, length, &self.clock).await
    }

    pub(super) fn count_round_trip(&self) {
        self.round_trips.fetch_add(1, Ordering::SeqCst);
    }

    /// Opens the doors, unless somebody else still wants them shut.
    pub(super) fn open_doors(&self) -> io::Result<()> {
        if self.links.refuses() {
            return Ok(());
        }
        self.doors.iter().try_for_each(Door::open)
    }

    /// The cuts of all connections from now on.
    pub(super) fn cuts(&self) -> Cuts {
        Cuts(self.cut.subscribe())
    }
}

/// When, and how, all connections are cut.
pub(super) struct Cuts(watch::Receiver<Ending>);

impl Cuts {
    pub(super) async fn next(&mut self) -> Ending {
        // The sender is gone only when the proxy is, which ends all connections.
        let _ = self.0.changed().await;
        *self.0.borrow()
    }
}
