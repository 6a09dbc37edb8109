//! What becomes of a call.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cart_core::RetryClass;
use fred::types::Value;

use super::backoff::Backoff;
use super::call::{Call, Script};
use super::deadline::Deadline;
use super::limit::Limit;
use super::node::Node;
use super::route::Route;
use crate::config::Settings;
use crate::failure::{Cause, Failure};
use crate::key::Slot;

/// The pauses between the attempts of one call.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The servers that a store is on.
///
/// A call that surely had no effect is made anew until its time is up, when what was in the way may
/// pass: a lost connection, a server that starts, carts that move. One whose outcome isn't known is
/// made anew when it changes nothing, and never otherwise: that is for whoever knows what it was.
#[derive(Clone, Debug)]
pub(crate) struct Servers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    route: Route,
    limit: Limit,
    timeout: Duration,
}

impl Servers {
    /// Connects to the servers.
    ///
    /// # Errors
    ///
    /// `Invalid` for settings that make no sense, and what connecting meets.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no connection stays open.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        settings.check()?;
        let deadline = Deadline::after(settings.connect_timeout);
        Ok(Self(Arc::new(Shared {
            route: Route::open(settings, deadline).await?,
            limit: Limit::new(settings.in_flight),
            timeout: settings.timeout,
        })))
    }

    /// Whether carts are spread over several servers, so that a call can't touch any two of them.
    pub(crate) fn is_cluster(&self) -> bool {
        self.0.route.is_cluster()
    }

    /// Makes a call to the server that takes writes to `slot`.
    ///
    /// # Errors
    ///
    /// What the server or the connection to it said, when the time was up or trying again is of no
    /// use.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(crate) async fn call(&self, slot: Slot, call: Call) -> Result<Value, Failure> {
        let deadline = self.deadline();
        let _place = self.0.limit.enter(deadline).await?;
        self.persist(slot, call, None, deadline).await
    }

    /// Runs a script whose keys are all in `slot`, on the server that takes writes to it.
    ///
    /// # Errors
    ///
    /// As [`Servers::call`].
    ///
    /// # Cancel safety
    ///
    /// As [`Servers::call`].
    pub(crate) async fn run(
        &self,
        slot: Slot,
        script: &Script,
        keys: Vec<Bytes>,
        arguments: Vec<Bytes>,
    ) -> Result<Value, Failure> {
        let deadline = self.deadline();
        let _place = self.0.limit.enter(deadline).await?;
        let call = script.by_name(keys, arguments);
        self.persist(slot, call, Some(script), deadline).await
    }

    /// Makes a call to a server that has a copy of `slot`. Nothing is given when there is none, or
    /// it doesn't answer: then the primary is to be asked.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(crate) async fn ask_replica(&self, slot: Slot, call: Call) -> Option<Value> {
        let replica = self.0.route.replica(slot)?;
        if !replica.is_up() {
            return None;
        }
        // Half the time is left for the primary.
        let deadline = Deadline::after(self.0.timeout / 2);
        let _place = self.0.limit.enter(deadline).await.ok()?;
        replica.ask(call, deadline).await.ok()
    }

    /// Makes the same call to every server that takes writes.
    ///
    /// # Errors
    ///
    /// What the first that fails meets.
    ///
    /// # Cancel safety
    ///
    /// Dropped, some of the calls may be made all the same.
    pub(crate) async fn call_all(&self, call: Call) -> Result<Vec<Value>, Failure> {
        let deadline = self.deadline();
        let _place = self.0.limit.enter(deadline).await?;
        let mut answers = Vec::new();
        for node in self.0.route.primaries() {
            answers.push(attempt(&node, &call, deadline).await?);
        }
        Ok(answers)
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.0.timeout)
    }

    /// Makes a call, again and again until its time is up where that may help.
    async fn persist(
        &self,
        slot: Slot,
        mut call: Call,
        script: Option<&Script>,
        deadline: Deadline,
    ) -> Result<Value, Failure> {
        let mut backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
        loop {
            let node = self.0.route.primary(slot, deadline).await?;
            let failure = match attempt(&node, &call, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let is_open = failure.retry_class() == RetryClass::NotApplied;
            match (&failure.cause, script) {
                (Cause::Refused, _) => return Err(failure),
                _ if !is_open => return Err(failure),
                (Cause::Forgotten, Some(script)) if call.command != Script::WITH_TEXT => {
                    script.bring_text(&mut call);
                    continue;
                }
                _ => {}
            }
            if !deadline.pause(backoff.pause()).await {
                return Err(failure);
            }
        }
    }
}

/// Makes a call once.
async fn attempt(node: &Node, call: &Call, deadline: Deadline) -> Result<Value, Failure> {
    let answer = node.ask(call.clone(), deadline).await;
    answer.map_err(|failure| {
        if call.changes {
            failure
        } else {
            failure.without_effect()
        }
    })
}
