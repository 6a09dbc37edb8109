//! Work that travels to a thread with a connection, and the answer that comes back.

use std::thread;

use cart_core::{Error, ErrorKind, Result, RetryClass};
use diesel::SqliteConnection;
use diesel::result::Error as DieselError;
use tokio::sync::{mpsc, oneshot};

use super::connection::is_busy;
use super::lock::Candidate;

/// How many jobs wait in a queue before whoever brings another one waits too.
const QUEUE: usize = 1_024;

/// Why work gave no result.
pub(super) enum Failure {
    /// A rule refused it before it changed anything.
    Refused(Error),
    /// The database failed.
    Database(DieselError),
}

impl Failure {
    /// Whether another connection was in the way.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Database(error) if is_busy(error))
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Something to be done with a connection, and its answer.
pub(super) trait Work<T>: Send + 'static {
    /// Does the work, within a transaction where it changes anything. A writer may roll it back
    /// and have it done again.
    ///
    /// # Errors
    ///
    /// Those of the database, and the refusal of a rule.
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<T, Failure>;

    /// Does the work by one statement outside a transaction, if it can be done so. `None` means
    /// that it can't, and that nothing happened.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn run_alone(&mut self, _connection: &mut SqliteConnection) -> Result<Option<T>, DieselError> {
        Ok(None)
    }
}

impl<F, T> Work<T> for F
where
    F: FnMut(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
{
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<T, Failure> {
        self(connection)
    }
}

/// Work that waits for a connection.
pub(super) trait Job: Send {
    /// Does the work. A writer may roll it back and have it done again.
    ///
    /// # Errors
    ///
    /// Those of the database; a refusal is an answer.
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), DieselError>;

    /// Does the work by one statement outside a transaction, and tells whether that could be.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn run_alone(&mut self, connection: &mut SqliteConnection) -> Result<bool, DieselError>;

    /// Sends the answer: the one that the work gave, or `failed` in its place.
    fn answer(self: Box<Self>, failed: Option<Error>);
}

struct Task<W, T> {
    work: W,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<W: Work<T>, T: Send> Job for Task<W, T> {
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), DieselError> {
        // Nobody waits for it any more, and nothing of it was done.
        if self.reply.is_closed() {
            return Ok(());
        }
        self.outcome = Some(match self.work.run(connection) {
            Ok(answer) => Ok(answer),
            Err(Failure::Refused(error)) => Err(error),
            Err(Failure::Database(error)) => return Err(error),
        });
        Ok(())
    }

    fn run_alone(&mut self, connection: &mut SqliteConnection) -> Result<bool, DieselError> {
        if self.reply.is_closed() {
            return Ok(true);
        }
        self.outcome = self.work.run_alone(connection)?.map(Ok);
        Ok(self.outcome.is_some())
    }

    fn answer(self: Box<Self>, failed: Option<Error>) {
        let answer = failed.map(Err).or(self.outcome);
        if let Some(answer) = answer {
            // Whoever asked may have gone; what was done stays done.
            let _gone = self.reply.send(answer);
        }
    }
}

/// What the writer is asked for.
pub(super) enum Order {
    /// To do a job; others may share its transaction.
    Do(Box<dyn Job>),
    /// To lock a cart, in a transaction of its own.
    Lock(Box<Candidate>),
}

/// The job that does `work`, and its answer.
pub(super) fn task<T, W>(work: W) -> (Box<dyn Job>, Queued<T>)
where
    W: Work<T>,
    T: Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let task = Task {
        work,
        outcome: None,
        reply,
    };
    (Box::new(task), Queued(answer))
}

/// The way to a thread that does jobs. The thread ends when the last clone is gone and what was
/// queued is done.
#[derive(Clone, Debug)]
pub(super) struct Queue(mpsc::Sender<Order>);

/// The thread's side of a [`Queue`].
pub(super) type Orders = mpsc::Receiver<Order>;

impl Queue {
    pub(super) fn new() -> (Self, Orders) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Has `work` done.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is queued, the work is not done. Afterwards it is done wholly or not at
    /// all.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T>
    where
        W: Work<T>,
        T: Send + 'static,
    {
        self.queue(work).await?.answer().await
    }

    /// Queues `work`; its answer can be waited for later.
    pub(super) async fn queue<T, W>(&self, work: W) -> Result<Queued<T>>
    where
        W: Work<T>,
        T: Send + 'static,
    {
        let (job, answer) = task(work);
        self.send(Order::Do(job)).await?;
        Ok(answer)
    }

    /// Waits for a place in the queue.
    pub(super) async fn send(&self, order: Order) -> Result<()> {
        let sent = self.0.send(order).await;
        sent.map_err(|_| ended(RetryClass::NotApplied))
    }
}

/// Work that is queued.
pub(super) struct Queued<T>(oneshot::Receiver<Result<T>>);

impl<T> Queued<T> {
    pub(super) fn new(answer: oneshot::Receiver<Result<T>>) -> Self {
        Self(answer)
    }

    pub(super) async fn answer(self) -> Result<T> {
        self.0
            .await
            .unwrap_or_else(|_| Err(ended(RetryClass::OutcomeUnknown)))
    }
}

/// The error of a thread that is no more.
pub(super) fn ended(retry_class: RetryClass) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store's own thread has ended: open the store again",
    )
    .with_retry_class(retry_class)
}

/// Does `work` on a thread of its own, so that no runtime waits for a disk.
///
/// # Cancel safety
///
/// The work is done to its end in any case.
pub(super) async fn on_thread<T, W>(work: W) -> Result<T>
where
    W: FnOnce() -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    spawn("cart-sqlite-open", move || {
        // Whoever asked may have gone; what was opened is closed again.
        let _gone = reply.send(work());
    })?;
    Queued(answer).answer().await
}

pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map(drop).map_err(|source| {
        Error::new(
            ErrorKind::Unavailable,
            "the system starts no more threads: raise its limit",
        )
        .with_source(source)
    })
}
