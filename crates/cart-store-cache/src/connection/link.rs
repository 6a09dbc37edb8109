//! One connection to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fred::clients::Client;
use fred::error::{Error as FredError, ErrorKind as FredKind};
use fred::interfaces::ClientLike;
use fred::types::config::Options;
use fred::types::{ClusterHash, ConnectHandle, CustomCommand, Value};
use tokio::task::AbortHandle;

use super::call::Call;
use super::connector::Connector;

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
            }));
            Ok::<_, FredError>((link, handle))
        });
        let ended = |_| FredError::new(FredKind::Canceled, "the runtime is ending");
        let (link, handle) = opening.await.map_err(ended)??;
        if let Some(greeting) = connector.greeting() {
            link.ask(greeting, connector.patience()).await?;
        }
        Ok((link, handle))
    }

    /// Makes a call.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the call may be made all the same.
    pub(super) async fn ask(&self, call: Call, limit: Duration) -> Result<Value, FredError> {
        let answers = self.0.answers.load(Ordering::Relaxed);
        let client = self.0.client.with_options(&options(limit));
        let command = command(&call);
        let answer = client.custom(command, call.arguments).await;
        self.note(answers, answer.as_ref().err());
        answer
    }

    /// Makes two calls, of which the second comes right behind the first, and none in between.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the calls may be made all the same.
    pub(super) async fn ask_both(
        &self,
        first: Call,
        second: Call,
        limit: Duration,
    ) -> Result<[Result<Value, FredError>; 2], FredError> {
        let answers = self.0.answers.load(Ordering::Relaxed);
        let pipeline = self.0.client.pipeline().with_options(&options(limit));
        for call in [first, second] {
            let command = command(&call);
            pipeline.custom::<(), _>(command, call.arguments).await?;
        }
        let both: Vec<_> = pipeline.try_all().await;
        let failed = both.iter().find_map(|answer| answer.as_ref().err());
        self.note(answers, failed);
        // What ends both is told once.
        both.try_into().map_err(|mut alone: Vec<_>| {
            let error = alone.pop().and_then(Result::err);
            error.unwrap_or_else(|| FredError::new(FredKind::Protocol, "an answer is missing"))
        })
    }

    /// Counts an answer. When the time is up and nothing at all has come meanwhile, nobody is at
    /// the other end, or it hangs: the connection is closed, rather than that calls pile up on it.
    fn note(&self, before: u64, error: Option<&FredError>) {
        let answers = &self.0.answers;
        if error.is_none_or(|error| *error.kind() != FredKind::Timeout) {
            answers.fetch_add(1, Ordering::Relaxed);
        } else if answers.load(Ordering::Relaxed) == before {
            self.0.task.abort();
        }
    }
}

fn options(limit: Duration) -> Options {
    Options {
        timeout: Some(limit),
        ..Options::default()
    }
}

fn command(call: &Call) -> CustomCommand {
    CustomCommand::new_static(call.command, ClusterHash::FirstKey, false)
}
