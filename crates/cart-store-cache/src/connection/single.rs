//! A single server, and perhaps a replica of it.

use std::sync::Arc;

use super::connector::Manner;
use super::deadline::Deadline;
use super::node::Node;
use crate::address::{Address, Credentials};
use crate::failure::Failure;

/// A single server, and perhaps a replica of it.
#[derive(Debug)]
pub(super) struct Single {
    primary: Arc<Node>,
    replica: Option<Arc<Node>>,
}

impl Single {
    /// Connects to the server. The replica may be away.
    pub(super) async fn open(
        manner: &Manner,
        primary: &Address,
        replica: Option<&Address>,
        who: &Credentials,
        database: u8,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        let node = |address| Arc::new(Node::new(manner.to(address, who, database)));
        let single = Self {
            primary: node(primary),
            replica: replica.map(node),
        };
        single.primary.opened(deadline).await?;
        Ok(single)
    }

    pub(super) fn primary(&self) -> Arc<Node> {
        Arc::clone(&self.primary)
    }

    pub(super) fn replica(&self) -> Option<Arc<Node>> {
        self.replica.clone()
    }
}
