//! One server, and the connection to it.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{Clock, RetryClass, SystemClock};
use fred::error::Error as FredError;
use fred::types::Value;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::call::Call;
use super::connector::Connector;
use super::deadline::Deadline;
use super::link::Link;
use crate::classify::{classify, classify_connecting};
use crate::failure::Failure;

/// The pauses between attempts to connect.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// For how long calls wait for a server that is away. Later they are refused at once, until it is
/// back: it may be a long time.
const PATIENCE: Duration = Duration::from_secs(2);

/// One server. The connection to it is opened anew whenever it has ended, until the node is
/// dropped; calls wait for that for a while.
#[derive(Debug)]
pub(super) struct Node {
    states: watch::Receiver<State>,
    supervisor: AbortHandle,
}

#[derive(Clone, Debug)]
enum State {
    /// Nothing has been tried yet.
    New,
    /// There is a connection.
    Up(Link),
    /// There is none since then, for this reason if connecting has failed.
    Down(Instant, Option<Arc<FredError>>),
}

impl State {
    /// The connection, unless it has ended.
    fn link(&self) -> Option<&Link> {
        match self {
            Self::Up(link) if !link.is_over() => Some(link),
            Self::Down(..) | Self::New | Self::Up(_) => None,
        }
    }

    /// Whether a call is better refused at once: the server has been away for long, or won't take
    /// this client.
    fn is_given_up(&self) -> bool {
        let Self::Down(since, why) = self else {
            return false;
        };
        let stays =
            |why: &Arc<FredError>| classify_connecting(why).retry_class() == RetryClass::Permanent;
        since.elapsed() > PATIENCE || why.as_ref().is_some_and(stays)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

impl Node {
    /// The server that `connector` connects to.
    pub(super) fn new(connector: Connector) -> Self {
        let (sender, states) = watch::channel(State::New);
        let supervisor = tokio::spawn(supervise(connector, sender)).abort_handle();
        Self { states, supervisor }
    }

    /// Waits until the first attempt to connect has ended.
    ///
    /// # Errors
    ///
    /// What it met.
    pub(super) async fn opened(&self, deadline: Deadline) -> Result<(), Failure> {
        let mut states = self.states.clone();
        let tried = states.wait_for(|state| !matches!(state, State::New));
        match deadline.wait(tried).await.and_then(Result::ok).as_deref() {
            Some(State::Up(_)) => Ok(()),
            Some(State::Down(_, Some(error))) => Err(classify_connecting(error)),
            _ => Err(Failure::never_sent()),
        }
    }

    /// Waits for a connection, for as long as `pause` and not beyond the deadline.
    pub(super) async fn is_up_within(&self, pause: Duration, deadline: Deadline) -> bool {
        let mut states = self.states.clone();
        let up = states.wait_for(|state| state.link().is_some());
        let up = deadline.at_most(pause).wait(up).await;
        up.is_some_and(|up| up.is_ok())
    }

    /// Why there is no connection.
    pub(super) fn outage(&self) -> Failure {
        match &*self.states.borrow() {
            State::Down(_, Some(error)) => classify_connecting(error),
            _ => Failure::never_sent(),
        }
    }

    /// Whether there has been no connection for so long that calls don't wait for it.
    pub(super) fn is_given_up(&self) -> bool {
        self.states.borrow().is_given_up()
    }

    /// Whether there is a connection.
    pub(super) fn is_up(&self) -> bool {
        self.states.borrow().link().is_some()
    }

    /// Makes a call.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(super) async fn ask(&self, call: &Call, deadline: Deadline) -> Result<Value, Failure> {
        let link = self.link(deadline).await?;
        let rest = deadline.rest().ok_or_else(Failure::never_sent)?;
        let answer = link.ask(call, rest).await;
        answer.map_err(|error| classify(&error))
    }

    /// Makes calls of which each comes right behind the one before, with none of others in between.
    /// What ends all of them is told once.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the calls may be made all the same.
    pub(super) async fn ask_in_a_row(
        &self,
        calls: Vec<Call>,
        deadline: Deadline,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let link = self.link(deadline).await?;
        let rest = deadline.rest().ok_or_else(Failure::never_sent)?;
        Ok(classified(link.ask_in_a_row(calls, rest).await))
    }

    /// Makes calls that have nothing to do with each other, together. What ends all of them is told
    /// once.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the calls may be made all the same.
    pub(super) async fn ask_together(
        &self,
        calls: Vec<Call>,
        deadline: Deadline,
    ) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let link = self.link(deadline).await?;
        let rest = deadline.rest().ok_or_else(Failure::never_sent)?;
        Ok(classified(link.ask_together(calls, rest).await))
    }

    /// The connection, once there is one.
    async fn link(&self, deadline: Deadline) -> Result<Link, Failure> {
        if let Some(link) = self.states.borrow().link() {
            return Ok(link.clone());
        }
        let mut states = self.states.clone();
        let settled = states.wait_for(|state| matches!(state, State::Up(_)) || state.is_given_up());
        let settled = deadline.wait(settled).await;
        let state = match settled {
            Some(Ok(state)) => state.clone(),
            _ => self.states.borrow().clone(),
        };
        let link = state.link().cloned();
        link.ok_or_else(|| self.outage())
    }
}

fn classified(answers: Vec<Result<Value, FredError>>) -> Vec<Result<Value, Failure>> {
    let answers = answers.into_iter();
    answers
        .map(|answer| answer.map_err(|error| classify(&error)))
        .collect()
}

/// Keeps a connection open for as long as it isn't stopped.
async fn supervise(connector: Connector, states: watch::Sender<State>) {
    let mut backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
    let mut down_since = Instant::now();
    loop {
        match Link::open(&connector).await {
            Ok((link, ended)) => {
                states.send_replace(State::Up(link.clone()));
                // How it ended, those who waited for an answer are told.
                let _ended = ended.await;
                down_since = Instant::now();
                states.send_replace(State::Down(down_since, None));
                // One that was of use is replaced at once; a server that takes connections and
                // answers nothing isn't pestered.
                if link.has_answered() {
                    backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
                    continue;
                }
            }
            Err(error) => {
                states.send_replace(State::Down(down_since, Some(Arc::new(error))));
            }
        }
        SystemClock.sleep(backoff.pause()).await;
    }
}
