//! One server, as calls see it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cart_core::{Error, ErrorKind, RetryClass};
use fred::types::Value;

use super::call::Call;
use super::connector::Connector;
use super::deadline::Deadline;
use super::limit::Limit;
use super::node::Node;
use crate::address::Host;
use crate::failure::{Cause, Failure};

/// One server: the connection that calls share, and those for writes that wait for replicas.
///
/// A connection on which the server waits answers nothing else meanwhile. So such writes have a few
/// connections of their own, in turn.
#[derive(Debug)]
pub(super) struct Server {
    /// Its machine; none when it is behind a socket.
    pub(super) host: Option<Host>,
    limit: Limit,
    shared: Node,
    waiting: Box<[Node]>,
    next: AtomicUsize,
}

/// What comes along with a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Escort {
    /// The slot is being moved here: the server wants to hear that this is known.
    pub(super) asking: bool,
}

impl Server {
    /// The server that `connector` connects to, for at most so many calls at a time, with so many
    /// connections for writes that wait.
    pub(super) fn new(
        host: Option<Host>,
        connector: &Connector,
        in_flight: usize,
        waiting: usize,
    ) -> Self {
        Self {
            host,
            limit: Limit::new(in_flight),
            shared: Node::new(connector.clone()),
            waiting: (0..waiting).map(|_| Node::new(connector.clone())).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// Waits until the first attempt to connect has ended.
    ///
    /// # Errors
    ///
    /// What it met.
    pub(super) async fn opened(&self, deadline: Deadline) -> Result<(), Failure> {
        self.shared.opened(deadline).await
    }

    /// Waits for a connection, for as long as `pause` and not beyond the deadline.
    pub(super) async fn is_up_within(&self, pause: Duration, deadline: Deadline) -> bool {
        self.shared.is_up_within(pause, deadline).await
    }

    /// Whether there has been no connection for so long that calls don't wait for it.
    pub(super) fn is_given_up(&self) -> bool {
        self.shared.is_given_up()
    }

    /// Why there is no connection.
    pub(super) fn outage(&self) -> Failure {
        self.shared.outage()
    }

    /// Whether there is a connection.
    pub(super) fn is_up(&self) -> bool {
        self.shared.is_up()
    }

    /// Makes a call, once.
    ///
    /// # Errors
    ///
    /// What the server or the connection said.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(super) async fn ask(
        &self,
        call: &Call,
        escort: Escort,
        wait: Option<&Replicas>,
        deadline: Deadline,
    ) -> Result<Value, Failure> {
        let wait = wait.filter(|_| call.changes);
        let answer = self.send(call, escort, wait, deadline).await;
        answer.map_err(|failure| {
            if call.changes {
                failure
            } else {
                failure.without_effect()
            }
        })
    }

    /// Makes calls that change nothing, which count as one.
    ///
    /// # Errors
    ///
    /// What the connection said; what ends all of them is told once.
    pub(super) async fn ask_together(
        &self,
        calls: Vec<Call>,
        deadline: Deadline,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let _place = self.limit.enter(deadline).await?;
        self.shared.ask_together(calls, deadline).await
    }

    async fn send(
        &self,
        call: &Call,
        escort: Escort,
        wait: Option<&Replicas>,
        deadline: Deadline,
    ) -> Result<Value, Failure> {
        let _place = self.limit.enter(deadline).await?;
        let node = if wait.is_some() {
            self.turn()
        } else {
            &self.shared
        };
        if wait.is_none() && !escort.asking {
            return node.ask(call, deadline).await;
        }
        let mut calls = Vec::with_capacity(3);
        if escort.asking {
            calls.push(Call::new("ASKING"));
        }
        calls.push(call.clone());
        calls.extend(wait.map(|wait| wait.call.clone()));
        let mut answers = node.ask_in_a_row(calls, deadline).await?.into_iter();
        let mut next = || answers.next().unwrap_or_else(|| Err(Failure::missing()));
        if escort.asking {
            next()?;
        }
        let answer = next()?;
        match wait {
            Some(wait) => wait.judge(&next()?).map(|()| answer),
            None => Ok(answer),
        }
    }

    fn turn(&self) -> &Node {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let turns = self.waiting.len().max(1);
        self.waiting.get(turn % turns).unwrap_or(&self.shared)
    }
}

/// The replicas that must have a write.
#[derive(Debug)]
pub(super) struct Replicas {
    call: Call,
    count: u8,
}

impl Replicas {
    /// How many connections take turns.
    pub(super) const CONNECTIONS: usize = 8;

    /// So many replicas, for which the server waits so many milliseconds.
    pub(super) fn new(count: u8, millis: u128) -> Self {
        let call = Call::new("WAIT").with(count.to_string());
        Self {
            call: call.with(millis.max(1).to_string()),
            count,
        }
    }

    pub(super) fn count(&self) -> u8 {
        self.count
    }

    fn judge(&self, answer: &Value) -> Result<(), Failure> {
        let Self { count, .. } = self;
        match answer.as_u64() {
            Some(had) if had >= u64::from(*count) => Ok(()),
            had => {
                let had = had.unwrap_or_default();
                let message = format!(
                    "the write is on the primary and on {had} of the {count} replicas that it was \
                     to wait for: are they up, and near?"
                );
                let error = Error::new(ErrorKind::Unavailable, message);
                let error = error.with_retry_class(RetryClass::OutcomeUnknown);
                Err(Failure::new(Cause::Unready, error))
            }
        }
    }
}
