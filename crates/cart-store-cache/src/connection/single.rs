//! A single server, and perhaps a replica of it.

use std::sync::Arc;

use super::connector::Manner;
use super::deadline::Deadline;
use super::server::Server;
use crate::address::Address;
use crate::failure::Failure;

/// A single server, and perhaps a replica of it.
#[derive(Debug)]
pub(super) struct Single {
    primary: Arc<Server>,
    replica: Option<Arc<Server>>,
}

impl Single {
    /// Connects to the server. The replica may be away.
    ///
    /// # Errors
    ///
    /// What connecting to the primary meets.
    pub(super) async fn open(
        manner: &Manner,
        primary: &Address,
        replica: Option<&Address>,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        let replica = replica.map(|address| Arc::new(manner.server(address, None, false)));
        let primary = Arc::new(manner.server(primary, None, true));
        primary.opened(deadline).await?;
        Ok(Self { primary, replica })
    }

    pub(super) fn primary(&self) -> &Arc<Server> {
        &self.primary
    }

    pub(super) fn replica(&self) -> Option<&Arc<Server>> {
        self.replica.as_ref()
    }
}
