//! What can be wrong with all connections at once.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use cart_core::Clock;

use crate::injection::{Active, Actives, Firings};

/// A state of the way to the server, for [`FaultProxy::degrade`](super::FaultProxy::degrade). It
/// holds for all connections, those that are open and those to come.
///
/// What is held back goes on when the state ends, as after a partition of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Link {
    /// Connections are accepted, and nothing gets through.
    BlackHole,
    /// Nothing gets through in this direction.
    HalfOpen(Direction),
    /// New connections are refused, as when no server runs. It counts once, when it begins: who is
    /// refused does not reach the proxy.
    Refusing,
    /// So many bytes get through in a second, on each connection and in each direction.
    Slow {
        /// Bytes in a second, by the proxy's clock.
        bytes_per_second: NonZeroU32,
    },
}

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

impl Link {
    fn blocks(self, direction: Direction) -> bool {
        match self {
            Self::BlackHole => true,
            Self::HalfOpen(blocked) => blocked == direction,
            Self::Refusing | Self::Slow { .. } => false,
        }
    }
}

/// A state of the link that has begun.
#[derive(Debug)]
pub(super) struct Degraded {
    link: Link,
    firings: Firings,
}

impl Degraded {
    pub(super) fn new(link: Link) -> Self {
        let firings = Firings::default();
        if link == Link::Refusing {
            firings.fire();
        }
        Self { link, firings }
    }
}

impl Active for Degraded {
    fn firings(&self) -> &Firings {
        &self.firings
    }
}

impl Actives<Degraded> {
    pub(super) fn refuses(&self) -> bool {
        self.ones().iter().any(|one| one.link == Link::Refusing)
    }

    /// Waits until bytes may go on in this direction, and returns how many of `length`.
    pub(super) async fn allowance(
        &self,
        direction: Direction,
        length: usize,
        clock: &Arc<dyn Clock>,
    ) -> usize {
        let mut changes = self.changes();
        let mut counted: Option<Firings> = None;
        while let Some(blocking) = self.blocking(direction) {
            // Bytes that wait count once, however often the list changes meanwhile.
            if counted.is_none() {
                blocking.fire();
                counted = Some(blocking);
            }
            // The sender lives as long as `self`, which the future borrows.
            let _ = changes.changed().await;
        }
        let Some((rate, firings)) = self.slowest() else {
            return length;
        };
        // A tenth of a second's worth at a time.
        let part = length.min(usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1));
        let bytes = u32::try_from(part).unwrap_or(u32::MAX);
        let wait = clock.sleep(Duration::from_secs(1) * bytes / rate);
        // Whoever hears of it may move the clock at once.
        firings.fire();
        wait.await;
        part
    }

    fn blocking(&self, direction: Direction) -> Option<Firings> {
        let ones = self.ones();
        let blocking = ones.iter().find(|one| one.link.blocks(direction))?;
        Some(blocking.firings.clone())
    }

    /// The slowest link: its bytes in a second.
    fn slowest(&self) -> Option<(u32, Firings)> {
        let ones = self.ones();
        let slow = ones.iter().filter_map(|one| match one.link {
            Link::Slow { bytes_per_second } => Some((bytes_per_second.get(), &one.firings)),
            Link::BlackHole | Link::HalfOpen(_) | Link::Refusing => None,
        });
        let (rate, firings) = slow.min_by_key(|(rate, _)| *rate)?;
        Some((rate, firings.clone()))
    }
}
