//! What becomes of a call.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cart_core::RetryClass;
use fred::types::Value;
use futures_util::future::{join_all, try_join_all};

use super::backoff::Backoff;
use super::call::{Call, Script, size};
use super::deadline::Deadline;
use super::route::Route;
use super::row::Row;
use super::server::{Escort, Replicas};
use crate::config::Settings;
use crate::failure::{Cause, Failure};
use crate::key::Slot;
use crate::statistics::Counters;

/// The pauses between the attempts of one call.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How often a call is sent on at once. Servers that send it in circles need time to agree.
const REDIRECTIONS: u8 = 5;

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
    timeout: Duration,
    wait: Option<Replicas>,
    counters: Arc<Counters>,
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
    pub(crate) async fn open(
        settings: &Settings,
        counters: Arc<Counters>,
    ) -> Result<Self, Failure> {
        settings.check()?;
        let deadline = Deadline::after(settings.connect_timeout);
        Ok(Self(Arc::new(Shared {
            route: Route::open(settings, deadline).await?,
            timeout: settings.timeout,
            counters,
            wait: (settings.wait_replicas > 0).then(|| {
                let millis = settings.wait_timeout.as_millis();
                Replicas::new(settings.wait_replicas, millis)
            }),
        })))
    }

    /// Whether carts are spread over several servers, so that a call can't touch any two of them.
    pub(crate) fn is_cluster(&self) -> bool {
        self.0.route.is_cluster()
    }

    /// How long a call may take, with all its attempts.
    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// How many replicas have a write before it counts as done.
    pub(crate) fn replicas_waited_for(&self) -> u8 {
        self.0.wait.as_ref().map_or(0, Replicas::count)
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
        self.persist(slot, call, None).await
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
        let call = script.by_name(keys, arguments);
        self.persist(slot, call, Some(script)).await
    }

    /// Makes calls that change nothing, those for one server in a row, and gives the answers in the
    /// order of the calls.
    ///
    /// # Errors
    ///
    /// As [`Servers::call`], for the first call that fails for good.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub(crate) async fn call_each(&self, calls: Vec<(Slot, Call)>) -> Result<Vec<Value>, Failure> {
        let deadline = self.deadline();
        let mut rows: Vec<Row> = Vec::new();
        for (number, (slot, call)) in calls.iter().enumerate() {
            let server = self.0.route.primary(*slot, deadline).await?;
            let row = rows.iter_mut().rev().find(|row| row.has_room_for(&server));
            match row {
                Some(row) => row.add(number, call),
                None => rows.push(Row::begun(server, number, call)),
            }
        }
        let mut answers = vec![None; calls.len()];
        let answered = join_all(rows.into_iter().map(|row| row.ask(deadline))).await;
        for (number, answer) in answered.into_iter().flatten() {
            self.0.counters.bytes_sent.add(calls[number].1.size());
            self.0.counters.bytes_received.add(size(&answer));
            answers[number] = Some(answer);
        }
        let unanswered = answers.iter_mut().zip(calls);
        let unanswered = unanswered.filter(|(answer, _)| answer.is_none());
        // Carts that have moved, a connection that broke: these calls are made anew, each by itself.
        let asked = unanswered.map(async |(answer, (slot, call))| {
            *answer = Some(self.call(slot, call).await?);
            Ok::<_, Failure>(())
        });
        try_join_all(asked).await?;
        Ok(answers.into_iter().flatten().collect())
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
        let answer = replica.ask(&call, Escort::default(), None, deadline);
        let answer = answer.await.ok()?;
        self.0.counters.bytes_sent.add(call.size());
        self.0.counters.bytes_received.add(size(&answer));
        Some(answer)
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
        let mut answers = Vec::new();
        for server in self.0.route.primaries() {
            let answer = server.ask(&call, Escort::default(), None, deadline);
            answers.push(answer.await?);
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
    ) -> Result<Value, Failure> {
        let Shared {
            route,
            wait,
            counters,
            ..
        } = &*self.0;
        let deadline = self.deadline();
        let mut backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE);
        let mut redirections = 0;
        let mut elsewhere = None;
        loop {
            let asking = elsewhere.is_some();
            let server = match elsewhere.take() {
                Some(server) => server,
                None => route.primary(slot, deadline).await?,
            };
            counters.bytes_sent.add(call.size());
            let answer = server.ask(&call, Escort { asking }, wait.as_ref(), deadline);
            let failure = match answer.await {
                Ok(answer) => {
                    counters.bytes_received.add(size(&answer));
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            elsewhere = route.learn(slot, &server, &failure.cause);
            if failure.retry_class() != RetryClass::NotApplied {
                return Err(failure);
            }
            match (&failure.cause, script) {
                (Cause::Refused, _) => return Err(failure),
                (Cause::Forgotten, Some(script)) if call.command != Script::WITH_TEXT => {
                    counters.scripts_loaded.count();
                    script.bring_text(&mut call);
                    // The connection is the same, and so is the slot's place.
                    elsewhere = asking.then_some(server);
                    continue;
                }
                (Cause::Asked(_) | Cause::Moved(_), _) if redirections < REDIRECTIONS => {
                    redirections += 1;
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
