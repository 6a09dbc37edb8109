//! Connections that one call at a time has for itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cart_core::{Error, ErrorKind, RetryClass};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::config::Settings;
use super::connection::Connection;
use super::deadline::Deadline;
use super::driver::Server;
use super::failure::{Cause, Failure};

/// Opens connections when they are needed, a limited number at a time, and keeps them for later
/// calls. Whoever waits for one is served in turn.
pub(super) struct Pool<S: Server> {
    connector: S::Connector,
    connect_timeout: Duration,
    size: usize,
    free: Arc<Semaphore>,
    /// The last one back is the first to be used again, so that few stay in use when few are needed.
    idle: Mutex<Vec<S::Connection>>,
}

/// A connection out of the pool.
///
/// It goes back only by [`Pooled::end`], when the call on it has come to its end. Dropped
/// otherwise, as with the future of a call, it is closed: the server undoes what is open on it, and
/// nobody meets a connection in the middle of something.
pub(super) struct Pooled<S: Server> {
    pub(super) connection: S::Connection,
    pool: Arc<Pool<S>>,
    place: OwnedSemaphorePermit,
}

impl<S: Server> Pool<S> {
    /// A pool for the server that `settings` describe; nothing is opened yet.
    ///
    /// # Errors
    ///
    /// `Invalid` for a setting that makes no sense.
    pub(super) fn new(settings: &Settings) -> Result<Arc<Self>, Failure> {
        Ok(Arc::new(Self {
            connector: S::connector(settings)?,
            connect_timeout: settings.connect_timeout,
            size: settings.pool,
            free: Arc::new(Semaphore::new(settings.pool)),
            idle: Mutex::new(Vec::with_capacity(settings.pool)),
        }))
    }

    /// A connection for one call, and none that the server has closed while it lay idle: a write
    /// that finds this out has an outcome that nobody knows.
    ///
    /// # Errors
    ///
    /// `Busy` when all are in use until the deadline; what connecting meets.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing is taken.
    pub(super) async fn take(self: &Arc<Self>, deadline: Deadline) -> Result<Pooled<S>, Failure> {
        let place = deadline.wait(Arc::clone(&self.free).acquire_owned()).await;
        let Some(Ok(place)) = place else {
            let error = Error::new(
                ErrorKind::Busy,
                format!(
                    "all {} connections were in use until the time was up: raise `pool`",
                    self.size
                ),
            );
            return Err(error.with_retry_class(RetryClass::NotApplied).into());
        };
        let connection = match self.idle(deadline).await {
            Some(connection) => connection,
            None => self.connect(deadline).await?,
        };
        Ok(Pooled {
            connection,
            pool: Arc::clone(self),
            place,
        })
    }

    /// Opens a connection of which the pool knows nothing.
    pub(super) async fn connect(&self, deadline: Deadline) -> Result<S::Connection, Failure> {
        let deadline = deadline.at_most(self.connect_timeout);
        let connected = deadline.bound(S::connect(&self.connector)).await;
        // Nothing but the greeting has passed.
        connected.map_err(Failure::without_effect)
    }

    /// An idle connection that still works.
    async fn idle(&self, deadline: Deadline) -> Option<S::Connection> {
        loop {
            let mut connection = self.lock_idle().pop()?;
            if !connection.is_closed() && deadline.wait(connection.is_alive()).await == Some(true) {
                return Some(connection);
            }
        }
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<S::Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Server> Pooled<S> {
    /// Ends the call: gives the connection back, unless a failure has spoilt it.
    pub(super) fn end<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        match done {
            Ok(done) => {
                self.give_back();
                Ok(done)
            }
            Err(failure) => Err(self.fail(failure)),
        }
    }

    /// Ends a call that has failed.
    pub(super) fn fail(self, failure: Failure) -> Failure {
        if failure.cause != Cause::Lost {
            self.give_back();
        }
        failure
    }

    fn give_back(self) {
        let Self {
            connection,
            pool,
            place,
        } = self;
        pool.lock_idle().push(connection);
        // Whoever waits for a place finds the connection.
        drop(place);
    }
}

impl<S: Server> fmt::Debug for Pool<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("size", &self.size)
            .field("free", &self.free.available_permits())
            .finish_non_exhaustive()
    }
}

impl<S: Server> fmt::Debug for Pooled<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pooled").finish_non_exhaustive()
    }
}
