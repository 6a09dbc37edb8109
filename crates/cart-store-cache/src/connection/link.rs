//! One connection to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fred::clients::Client;
use fred::error::{Error as FredError, ErrorKind as FredKind};
use fred::interfaces::{ClientLike, KeysInterface, SortedSetsInterface};
use fred::types::config::Options;
use fred::types::{ClusterHash, ConnectHandle, CustomCommand, Value};
use futures_util::future::join;
use tokio::task::AbortHandle;

use super::call::Call;
use super::connector::{Connector, Greeting};
use crate::classify::classify;
use crate::failure::Cause;

/// One connection. Calls of many tasks go out on it without waiting for each other's answers.
///
/// The client connects once and never again: each connection has a client of its own, so that what
/// is lost with a connection is told at once to whoever waits, and nothing is sent twice. Once
/// the last clone is dropped, the connection is closed.
#[derive(Clone, Debug)]
pub(super) struct Link(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    /// What reads and writes; it holds the client, which therefore never ends it.
    task: AbortHandle,
    /// How many answers have come.
    answers: AtomicU64,
    /// Whether somebody has been told that the connection broke.
    is_broken: AtomicBool,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// Opens a connection. The handle ends with it.
    pub(super) async fn open(connector: &Connector) -> Result<(Self, ConnectHandle), FredError> {
        let client = connector.client();
        // A client whose opening is given up half-way would go on by itself, and stay.
        let opening = tokio::spawn(async move {
            let handle = client.init().await?;
            let link = Self(Arc::new(Inner {
                client,
                task: handle.abort_handle(),
                answers: AtomicU64::new(0),
                is_broken: AtomicBool::new(false),
            }));
            Ok::<_, FredError>((link, handle))
        });
        let ended = |_| FredError::new(FredKind::Canceled, "the runtime is ending");
        let (link, handle) = opening.await.map_err(ended)??;
        match connector.greeting() {
            None => {}
            Some(Greeting::AskWhetherPrimary) => {
                let call = Call::new("INFO").with("replication");
                let told = link.ask(&call, connector.patience()).await?;
                if !told
                    .as_str()
                    .is_some_and(|told| told.contains("role:master"))
                {
                    let message = "READONLY the server is a replica";
                    return Err(FredError::new(FredKind::Unknown, message));
                }
            }
            Some(Greeting::ReadHere) => {
                let call = Call::new("READONLY");
                link.ask(&call, connector.patience()).await?;
            }
        }
        Ok((link, handle))
    }

    /// Makes a call.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(super) async fn ask(&self, call: &Call, limit: Duration) -> Result<Value, FredError> {
        let answers = self.0.answers.load(Ordering::Relaxed);
        let client = self.0.client.with_options(&options(limit));
        let answer = give(&client, call).await;
        self.note(answers, answer.is_ok(), answer.as_ref().err());
        answer
    }

    /// Makes calls of which each comes right behind the one before, with none of others in between.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the calls may be made all the same.
    pub(super) async fn ask_in_a_row(
        &self,
        calls: Vec<Call>,
        limit: Duration,
    ) -> Vec<Result<Value, FredError>> {
        let answers = self.0.answers.load(Ordering::Relaxed);
        let pipeline = self.0.client.pipeline().with_options(&options(limit));
        for call in &calls {
            if let Err(error) = give(&pipeline, call).await {
                return vec![Err(error)];
            }
        }
        // What ends all of them is told once.
        let each: Vec<_> = pipeline.try_all().await;
        let failed = each.iter().find_map(|answer| answer.as_ref().err());
        self.note(answers, each.iter().any(Result::is_ok), failed);
        each
    }

    /// Makes calls that have nothing to do with each other, together.
    ///
    /// The client writes each command out by itself as long as nothing else waits in its queue, so the
    /// last call waits there.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the calls may be made all the same.
    pub(super) async fn ask_together(
        &self,
        mut calls: Vec<Call>,
        limit: Duration,
    ) -> Vec<Result<Value, FredError>> {
        let Some(last) = calls.pop() else {
            return Vec::new();
        };
        if calls.is_empty() {
            return vec![self.ask(&last, limit).await];
        }
        let asked = calls.len();
        let (mut answers, last) =
            join(self.ask_in_a_row(calls, limit), self.ask(&last, limit)).await;
        if answers.len() == asked {
            answers.push(last);
        }
        answers
    }

    /// Whether an answer has come on it.
    pub(super) fn has_answered(&self) -> bool {
        self.0.answers.load(Ordering::Relaxed) > 0
    }

    /// Whether the connection has ended. A call that is sent nevertheless is never answered.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_broken.load(Ordering::Relaxed) || self.0.task.is_finished()
    }

    /// Learns from what became of calls. When the time of one is up and nothing at all has come
    /// meanwhile, nobody is at the other end, or it hangs: the connection is closed, rather than
    /// that calls pile up on it.
    fn note(&self, before: u64, has_answered: bool, failed: Option<&FredError>) {
        let Inner {
            task,
            answers,
            is_broken,
            ..
        } = &*self.0;
        if has_answered {
            answers.fetch_add(1, Ordering::Relaxed);
        }
        let Some(error) = failed.filter(|error| classify(error).cause == Cause::Lost) else {
            return;
        };
        let is_late = *error.kind() == FredKind::Timeout;
        if is_late && answers.load(Ordering::Relaxed) != before {
            return;
        }
        is_broken.store(true, Ordering::Relaxed);
        if is_late {
            task.abort();
        }
    }
}

fn options(limit: Duration) -> Options {
    Options {
        timeout: Some(limit),
        ..Options::default()
    }
}

/// Hands a call to the client. A command that the client doesn't know it writes out at once, while
/// those of many tasks may go out together: what is asked for by the hundred is named as it knows it.
async fn give(
    client: &(impl KeysInterface + SortedSetsInterface),
    call: &Call,
) -> Result<Value, FredError> {
    match (call.command, &call.arguments[..]) {
        ("GET", [Value::Bytes(key)]) => client.get(key.clone()).await,
        ("ZRANGE", [Value::Bytes(key), Value::Integer(from), Value::Integer(to)]) => {
            let (key, from, to) = (key.clone(), *from, *to);
            client.zrange(key, from, to, None, false, None, false).await
        }
        _ => {
            let command = CustomCommand::new_static(call.command, ClusterHash::FirstKey, false);
            client.custom(command, call.arguments.clone()).await
        }
    }
}
